import { isSoftEpoch } from "../config/schedule.js";
import type { ProcessGroup } from "../distributed/process-group.js";
import { packNetwork } from "../export/pack-network.js";
import type { Module } from "../nn/module.js";
import { withActivations } from "../report/run-description.js";
import { bestEpoch } from "../run/best-epoch.js";
import { tellsTop5 } from "../run/epoch-line.js";
import type { EpochMetrics } from "../run/metrics-jsonl.js";
import { valueSetText } from "../search/value-set-text.js";
import { versions } from "../tensor/runtime.js";
import { countText, percent } from "../text/format.js";
import { placeText, type Session } from "./session.js";
import type { TrainSettings } from "./settings.js";

/** What a run does, on what, in one line. */
export function headline(
  { arch, dataset: name, ...settings }: TrainSettings,
  session: Session,
  network: Module,
  group: ProcessGroup | null,
): string {
  const { search, stage, seed, threads, syncBn, bnCalibration, stateBn, activationBits } = settings;
  const { dataset } = session;
  const together = group === null ? "" : `${group.size} processes${syncBn ? ", batch statistics of all" : ""}, each `;
  const place = together + placeText(session);
  const layers = [...network.namedSearchedWeights()].length;
  const how =
    search === null
      ? "float weights"
      : `${drawsText(settings)} search of ${layers} layers over ${stage ? "factors " : ""}${valueSetText(search.values)}` +
        (stage === null ? "" : `, stage ${stage}`) +
        (stateBn ? ", batch statistics by state" : "");
  const calibration =
    bnCalibration === 0 ? "" : `, batch statistics of ${batchesText(bnCalibration)} before each validation`;
  return (
    `${arch}, ${withActivations(how, activationBits)}${calibration} | ${name}: ${imagesText(settings, session)}, ${dataset.classNames.length} classes | ` +
    `seed ${seed}, ${place}, ${threads} ${threads === 1 ? "thread" : "threads"}, LibTorch ${versions().libtorch}`
  );
}

function drawsText({ soft, recipe }: Pick<TrainSettings, "soft" | "recipe">): string {
  if (isSoftEpoch(recipe, soft, recipe.epochs - 1)) return "soft";
  return isSoftEpoch(recipe, soft, 0) ? "soft, then hard" : "hard";
}

function batchesText(batches: number): string {
  return batches === 1 ? "1 batch" : `${batches} batches`;
}

function imagesText({ valSplit }: Pick<TrainSettings, "valSplit">, { sources: { train, val } }: Session): string {
  return valSplit === null
    ? `${train.count} train, ${val.count} val`
    : `${countText(train.count)} training images, ${countText(val.count)} held out for validation`;
}

/** What came of a run, in lines. */
export function closing(
  { valSplit }: TrainSettings,
  epochs: readonly EpochMetrics[],
  classes: number,
  network: Module,
  directory: string | null,
): string[] {
  const lines: string[] = [];
  const [last, best] = [epochs.at(-1), bestEpoch(epochs)];
  if (last !== undefined && best !== undefined) {
    const top5 = tellsTop5(classes) ? `, top-5 ${percent(last.val.top5)}` : "";
    lines.push(
      `accuracy${valSplit === null ? "" : " on held-out training images"}: top-1 ${percent(last.val.top1)}${top5} (best top-1 ${percent(best.val.top1)}, epoch ${best.epoch})`,
    );
  }
  const packed = packNetwork(network);
  if (packed !== null) {
    lines.push(
      `packed size: ${packed.searchedBitsPerWeight.toFixed(2)} bits per searched weight, ` +
        `${packed.bitsPerWeight.toFixed(2)} bits per weight over all layers, ${(packed.sizeBytes / 1000).toFixed(1)} kB in all`,
    );
  }
  if (directory !== null) lines.push(`run: ${directory}`);
  return lines;
}
