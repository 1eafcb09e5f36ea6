import type { ImageTransform } from "../data/images/transforms/transform.js";
import { JsonFields } from "../text/json-fields.js";

/**
 * What a run's network takes and what its outputs mean: enough to prepare an image and to name the class, without the
 * data set.
 */
export interface ModelInput {
  /** Name of each class, by the logit's index. */
  readonly classNames: readonly string[];
  readonly channels: number;
  /** `RGB`; `gray` of one channel; `own` of any other number, in the data set's order. */
  readonly channelOrder: "RGB" | "gray" | "own";
  /** Of the network's images, pixels. */
  readonly height: number;
  readonly width: number;
  /** What is done to a validation image before it is normalized, in order; none where images have the size already. */
  readonly steps: readonly ImageTransform[];
  /** Values are divided by it first: 255 of bytes, 1 of numbers. */
  readonly divisor: 255 | 1;
  /** Then (x − mean)/std, one of each a channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * The class names that a run recorded, by label; `null` for a run from before they were recorded.
 * @throws InputError naming `path`, the key, what was expected and what was found
 */
export function recordedClassNames(settings: ReadonlyMap<string, unknown>, path: string): readonly string[] | null {
  const input = settings.get("input");
  if (input === undefined) return null;
  return new JsonFields(input, `${path}: input`).strings("classNames");
}
