import { resolve } from "node:path";
import type { TrainSettings } from "../train/settings.js";

/** Settings that decide what a run computes, without those that say where and how: the same on every machine. */
export function decisiveSettings(settings: TrainSettings) {
  const { arch, dataset, transforms, onBadImage, recipe, search, stage, soft, seed, limitBatches, precision, syncBn } =
    settings;
  const { valSplit, bnCalibration, stateBn, activationBits } = settings;
  const { train, val } = transforms ?? { train: null, val: null };
  return {
    ...{ arch, dataset, transforms: transforms && { train, val }, onBadImage, recipe, search, stage, soft, seed },
    ...{ limitBatches, precision, syncBn, valSplit, bnCalibration, stateBn, activationBits },
  };
}

/** The same, with the model that the run starts from: two runs of these settings are one run, done twice. */
export function runIdentity(settings: TrainSettings) {
  const { loadModelState } = settings;
  return { ...decisiveSettings(settings), loadModelState: loadModelState && resolve(loadModelState) };
}
