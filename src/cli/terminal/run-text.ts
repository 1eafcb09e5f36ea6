import { isSoftEpoch } from "../../config/schedule.js";
import { withActivations } from "../../report/run-description.js";
import { bestEpoch } from "../../run/best-epoch.js";
import type { PackedSize, RunStart } from "../../run/logger.js";
import type { EpochMetrics } from "../../run/metrics-jsonl.js";
import type { RunSettings } from "../../run/settings.js";
import { valueSetText } from "../../search/value-set-text.js";
import { countText, percent } from "../../text/format.js";
import { tellsTop5 } from "./epoch-line.js";

/** A run's headline: network, data and settings in one line. */
export function headline(run: RunStart): string {
  const { settings, classNames, libtorch } = run;
  const { arch, dataset, seed, threads, bnCalibration, activationBits } = settings;
  const calibration =
    bnCalibration === 0 ? "" : `, batch statistics of ${batchesText(bnCalibration)} before each validation`;
  return (
    `${arch}, ${withActivations(weightsText(run), activationBits)}${calibration}${teacherText(settings)} | ` +
    `${dataset}: ${imagesText(run)}, ${classNames.length} classes | ` +
    `seed ${seed}, ${processesText(run)}, ${threads} ${threads === 1 ? "thread" : "threads"}, LibTorch ${libtorch}`
  );
}

function weightsText({ settings, searchedLayers }: RunStart): string {
  const { search, stage, stateBn } = settings;
  if (search === null) return "float weights";
  return (
    `${drawsText(settings)} search of ${searchedLayers} layers over ${stage ? "factors " : ""}${valueSetText(search.values)}` +
    (stage === null ? "" : `, stage ${stage}`) +
    (stateBn ? ", batch statistics by state" : "")
  );
}

function teacherText({ teacher, teacherTemperature, teacherWeight }: RunSettings): string {
  return teacher === null ? "" : `, teacher ${teacher} (temperature ${teacherTemperature}, weight ${teacherWeight})`;
}

function drawsText({ soft, recipe }: RunSettings): string {
  if (isSoftEpoch(recipe, soft, recipe.epochs - 1)) return "soft";
  return isSoftEpoch(recipe, soft, 0) ? "soft, then hard" : "hard";
}

function batchesText(batches: number): string {
  return batches === 1 ? "1 batch" : `${batches} batches`;
}

function imagesText({ settings, trainImages, valImages }: RunStart): string {
  return settings.valSplit === null
    ? `${trainImages} train, ${valImages} val`
    : `${countText(trainImages)} training images, ${countText(valImages)} held out for validation`;
}

function processesText({ settings, processes, device }: RunStart): string {
  const place = placeText(device, settings.precision);
  if (processes === 1) return place;
  return `${processes} processes${settings.syncBn ? ", batch statistics of all" : ""}, each ${place}`;
}

/** Device and precision: "cpu"; "cuda:0, bf16". */
export function placeText(device: string, precision: string): string {
  return precision === "float32" ? device : `${device}, ${precision}`;
}

/** The results of a finished run, in lines. */
export function closing(
  { settings, classNames, directory }: RunStart,
  epochs: readonly EpochMetrics[],
  packed: PackedSize | null,
): string[] {
  const lines: string[] = [];
  const [last, best] = [epochs.at(-1), bestEpoch(epochs)];
  if (last !== undefined && best !== undefined) {
    const top5 = tellsTop5(classNames.length) ? `, top-5 ${percent(last.val.top5)}` : "";
    const heldOut = settings.valSplit === null ? "" : " on held-out training images";
    lines.push(
      `accuracy${heldOut}: top-1 ${percent(last.val.top1)}${top5} (best top-1 ${percent(best.val.top1)}, epoch ${best.epoch})`,
    );
  }
  if (packed !== null) {
    lines.push(
      `packed size: ${packed.searchedBitsPerWeight.toFixed(2)} bits per searched weight, ` +
        `${packed.bitsPerWeight.toFixed(2)} bits per weight over all layers, ${(packed.sizeBytes / 1000).toFixed(1)} kB in all`,
    );
  }
  if (directory !== null) lines.push(`run: ${directory}`);
  return lines;
}
