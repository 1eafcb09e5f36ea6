import type { BatchSource } from "../data/batch-source.js";
import type { Dataset } from "../data/dataset.js";
import { normalization } from "../data/images/apply.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import type { ModelInput } from "../run/model-input.js";

/** What a network takes that is evaluated on `val`, the validation part of a data set, prepared by `transforms`. */
export function modelInput(
  dataset: Dataset,
  transforms: ImageTransforms | null,
  { channels, height, width }: BatchSource,
): ModelInput {
  const ofData = dataset.kind === "memory" ? dataset : null;
  const { mean, std } = transforms === null && ofData !== null ? ofData : normalization(transforms?.val ?? []);
  return {
    classNames: dataset.classNames,
    channels,
    channelOrder: channels === 3 ? "RGB" : channels === 1 ? "gray" : "own",
    height,
    width,
    steps: (transforms?.val ?? []).filter(({ name }) => name !== "ToTensor" && name !== "Normalize"),
    divisor: ofData?.val.images instanceof Float32Array ? 1 : 255,
    mean,
    std,
  };
}
