import { InputError } from "../../../text/errors.js";
import type { ImageTransform } from "./transform.js";

/**
 * Checks the order of transforms: image transforms, then ToTensor exactly once, then Normalize at most once and Cutout.
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
    switch (name) {
      case "ToTensor":
        if (isTensor) throw wrong(index, "ToTensor once");
        isTensor = true;
        break;
      case "Normalize":
        if (!isTensor) throw wrong(index, "ToTensor before Normalize");
        if (isNormalized) throw wrong(index, "Normalize at most once");
        isNormalized = true;
        break;
      case "Cutout":
        if (!isTensor) throw wrong(index, "ToTensor before Cutout");
        break;
      default:
        if (isTensor) throw wrong(index, "image transforms before ToTensor");
    }
  });
  if (!isTensor) throw new InputError(`${place}: expected ToTensor, found none`);
}
