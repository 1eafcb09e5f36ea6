import { InputError } from "../../../text/errors.js";
import { imageTransformNamed } from "./registry.js";
import type { ImageTransform } from "./transform.js";

/**
 * Checks the order of transforms: those of images, then ToTensor exactly once, then Normalize at most once and others of
 * tensors.
 *
 * @param place name of the list in errors, such as `file.json: train`
 * @throws InputError naming the transform by its index
 */
export function checkOrder(transforms: readonly ImageTransform[], place = "transforms"): void {
  let isTensor = false;
  let isNormalized = false;
  const wrong = (index: number, expected: string) =>
    new InputError(`${place}[${index}]: expected ${expected}, found ${transforms[index]?.name}`);
  transforms.forEach(({ name }, index) => {
    if (name === "ToTensor") {
      if (isTensor) throw wrong(index, "ToTensor once");
      isTensor = true;
    } else if (imageTransformNamed(name) !== undefined) {
      if (isTensor) throw wrong(index, "image transforms before ToTensor");
    } else if (!isTensor) {
      throw wrong(index, `ToTensor before ${name}`);
    } else if (name === "Normalize") {
      if (isNormalized) throw wrong(index, "Normalize at most once");
      isNormalized = true;
    }
  });
  if (!isTensor) throw new InputError(`${place}: expected ToTensor, found none`);
}
