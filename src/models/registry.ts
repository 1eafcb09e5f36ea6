import { MAX_ACTIVATION_BITS } from "../nn/quantized-activation.js";
import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { MLPS } from "./mlp.js";
import { MOBILENETS } from "./mobilenet.js";
import type { ImageSizes, NetworkFamily } from "./network.js";
import { RESNETS } from "./resnet.js";
import { RESNETS_CIFAR } from "./resnet-cifar.js";
import { VGG_SMALL } from "./vgg-small.js";
import { VISION_TRANSFORMERS } from "./vision-transformer.js";

/** Every network by name. To add one, see docs/extending.md. */
export const networks: ReadonlyMap<string, NetworkFamily> = new Map(
  Object.entries({ ...VGG_SMALL, ...RESNETS_CIFAR, ...RESNETS, ...MOBILENETS, ...VISION_TRANSFORMERS, ...MLPS }),
);

/** The network of a name. Throws InputError, with the nearest name, when there is none. */
export function networkFamily(name: string): NetworkFamily {
  const family = networks.get(name);
  if (family !== undefined) return family;
  const names = [...networks.keys()];
  throw new InputError(
    `\`network\`: expected one of ${names.join(", ")}, received "${name}"${didYouMean(name, names)}`,
  );
}

/**
 * Checks that a network accepts images of this size, pixels.
 * @throws InputError naming the network `arch`, the sizes it takes and the size found
 */
export function checkImageSize({ imageSize }: NetworkFamily, arch: string, height: number, width: number): void {
  const { fits, expected } = sizeRule(imageSize);
  if (fits(height) && fits(width)) return;
  throw new InputError(`\`network\`: network ${arch} expects images of ${expected}, found ${height}×${width}`);
}

function sizeRule(sizes: ImageSizes): { readonly fits: (pixels: number) => boolean; readonly expected: string } {
  if ("exactly" in sizes) {
    const { exactly } = sizes;
    return { fits: (pixels) => pixels === exactly, expected: `${exactly}×${exactly} pixels` };
  }
  if ("atLeast" in sizes) {
    const { atLeast } = sizes;
    return { fits: (pixels) => pixels >= atLeast, expected: `at least ${atLeast}×${atLeast} pixels` };
  }
  const { multipleOf } = sizes;
  return {
    fits: (pixels) => pixels % multipleOf === 0,
    expected: `a multiple of ${multipleOf} pixels in height and width`,
  };
}

/**
 * Checks that a network supports this number of activation bits; `null`: float activations.
 * @param where names the source of the bits in the message
 * @throws InputError naming the network `arch` and why they cannot
 */
export function checkActivationBits(
  { noBinaryActivations, noQuantizedActivations }: NetworkFamily,
  arch: string,
  bits: number | null,
  where = "`activationBits`",
): void {
  if (bits === null) return;
  if (noQuantizedActivations !== undefined) {
    throw new InputError(
      `${where}: expected float activations for ${arch}, ${noQuantizedActivations}, received ${bits}`,
    );
  }
  if (bits !== 1 || noBinaryActivations === undefined) return;
  throw new InputError(
    `${where}: expected 2 to ${MAX_ACTIVATION_BITS} bits for ${arch}, ${noBinaryActivations}, received 1`,
  );
}
