/**
 * The batch normalization that follows a layer, by the names that networks use: `conv1` → `bn1`, `layer1.0.conv2` →
 * `layer1.0.bn2`, and in a sequence `downsample.0` → `downsample.1`.
 *
 * @param hasNorm whether there is a batch normalization of that name
 * @returns its name, or undefined when there is none
 */
export function followingNorm(layer: string, hasNorm: (name: string) => boolean): string | undefined {
  const begin = layer.lastIndexOf(".") + 1;
  const parent = layer.slice(0, begin);
  const own = layer.slice(begin);
  const number = /^conv(\d*)$/.exec(own)?.[1];
  const name =
    number !== undefined ? `${parent}bn${number}` : /^\d+$/.test(own) ? `${parent}${Number(own) + 1}` : undefined;
  return name !== undefined && hasNorm(name) ? name : undefined;
}
