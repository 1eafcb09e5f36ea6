import { resolve } from "node:path";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { type OwnPart, type RunSettings, SETTING_ROWS } from "./settings.js";

/** Settings that affect what a run computes, without those that say where and how: the same on every machine. */
export function settingsThatAffectResult(settings: RunSettings): Readonly<Record<string, unknown>> {
  const { arch, networkFile, ownOptimizer, ownLoss, dataset, transforms, recipe, search, stage } = settings;
  return {
    ...{ arch, dataset, recipe, search, stage, networkSha256: networkFile?.sha256 ?? null },
    ...{ ownOptimizer: contentOf(ownOptimizer), ownLoss: contentOf(ownLoss) },
    transforms: transforms && withoutFile(transforms),
    ...Object.fromEntries(
      SETTING_ROWS.flatMap(([name, { affectsResult }]) => (affectsResult ? [[name, settings[name]]] : [])),
    ),
  };
}

/** What code is, wherever it lies. */
function contentOf(part: OwnPart | null) {
  return part && { name: part.name, sha256: part.file?.sha256 ?? null };
}

function withoutFile({ file: _, ...transforms }: ImageTransforms): Omit<ImageTransforms, "file"> {
  return transforms;
}

/** The same, with the models that the run starts and learns from: two runs of these settings are one run, done twice. */
export function runIdentity(settings: RunSettings): Readonly<Record<string, unknown>> {
  const { loadModelState, teacher } = settings;
  return {
    ...settingsThatAffectResult(settings),
    loadModelState: loadModelState && resolve(loadModelState),
    teacher: teacher && resolve(teacher),
  };
}
