import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { EvaluateFlags } from "../cli/commands/evaluate.js";
import { type DataFlags, defaultThreads } from "../cli/options/data.js";
import { networkFamily } from "../cli/options/network.js";
import { progressDisplay } from "../cli/terminal/progress.js";
import type { BatchSources } from "../data/batch-sources.js";
import { heldOutCount } from "../data/val-split.js";
import { checkActivationBits } from "../models/registry.js";
import { type ModelFile, readModelFile } from "../nn/files/read-model.js";
import { describeReport, type LoadReport } from "../nn/load-report.js";
import { loadByName } from "../nn/load-state.js";
import type { Module } from "../nn/module.js";
import { withQuantizedWeights } from "../nn/quantized-weights.js";
import { valSplitOf } from "../report/run-description.js";
import { type RunConfig, readRunConfig } from "../run/config.js";
import { RUN_FILES } from "../run/directory.js";
import { passText, skippedLine } from "../run/epoch-line.js";
import { modelFileOf } from "../run/model-file.js";
import { note } from "../system/note.js";
import { exitOnSignals } from "../system/signals.js";
import { scope } from "../tensor/tensor.js";
import { shortenedName } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { countText } from "../text/format.js";
import { jsonText } from "../text/json.js";
import { JsonFields } from "../text/json-fields.js";
import { resolveData } from "./data.js";
import { evaluate } from "./evaluate.js";
import { activationsOf } from "./model-activations.js";
import { openSession, placeText } from "./session.js";

/**
 * `weight-search evaluate`: what a trained network does on the data's own validation images, or with `--val-split` on training images
 * that are held out. Throws InputError.
 */
export async function evaluateModel(path: string, flags: EvaluateFlags): Promise<void> {
  const config = configOf(path);
  const model = readModelFile(modelFileOf(path, "model"));
  const arch = flags.arch ?? config?.arch ?? model.metadata["arch"];
  if (arch === undefined) {
    throw new InputError(`${model.path}: expected -a/--arch with a file that does not say which network it is`);
  }
  networkFamily(arch);
  const activations = activationsOf(flags, config, model);
  checkActivationBits(arch, activations?.bits ?? null, flags.activationBits === undefined ? model.path : undefined);
  const data = resolveData(withRecorded(flags, config, model));
  const threads = flags.threads ?? defaultThreads();
  const session = await openSession({ arch, data, threads, flags });
  const { family, dataset, sources, device, execution } = session;
  if (data.valSplit !== null && config?.dataset === data.dataset) noteTrainedOn(config, sources);
  const display = progressDisplay(flags.verbose ?? false, process.stderr, 1);
  exitOnSignals(() => display.clear());
  try {
    const network = family.build({ numClasses: dataset.classNames.length, search: null, activations });
    const lines = loadWhole(network, model, [3, sources.val.height, sources.val.width]);
    network.moveTo(device);
    const start = performance.now();
    const { metrics, images, skipped } = await evaluate(network, sources.val, {
      group: null,
      epoch: 1,
      limitBatches: flags.limitBatches ?? null,
      execution,
      onProgress: display.update.bind(display),
    });
    const seconds = (performance.now() - start) / 1000;
    display.clear();
    if (flags.json) {
      const split = data.valSplit === null ? {} : { valSplit: data.valSplit };
      const result = { model: model.path, arch, dataset: data.dataset, ...split, images, skipped, ...metrics, seconds };
      print(jsonText(result));
      return;
    }
    for (const line of lines) print(line);
    if (skipped > 0) print(skippedLine(skipped));
    const of = data.valSplit === null ? "" : `${countText(sources.val.count)} held-out training images of `;
    print(
      `${arch} on ${of}${data.dataset}: ${passText(metrics, dataset.classNames.length)} (${images} images, ${seconds.toFixed(1)} s, ${placeText(session)})`,
    );
  } finally {
    display.clear();
    await sources.close();
  }
}

/** The configuration of the run that a directory, or the directory of a file, is; `null` where it is none. */
function configOf(path: string): RunConfig | null {
  const isDirectory = existsSync(path) && statSync(path).isDirectory();
  const directory = isDirectory ? path : dirname(path);
  // Other programs keep a config.json beside their models too, but no such table.
  const isRun = [RUN_FILES.config, RUN_FILES.result].every((name) => existsSync(join(directory, name)));
  return isRun ? readRunConfig(join(directory, RUN_FILES.config)) : null;
}

/** What the flags leave open is as it was in training, as far as that is the same data set. */
function withRecorded(flags: DataFlags, config: RunConfig | null, { path: file, metadata }: ModelFile): DataFlags {
  const dataset = flags.dataset ?? config?.dataset ?? metadata["dataset"];
  if (dataset === undefined && flags.path === undefined && !flags.download) {
    throw new InputError(`${file}: expected -d/--dataset with a file that does not say which data it is for`);
  }
  if (dataset === undefined) return flags;
  if (config === null || config.dataset !== dataset) return { ...flags, dataset };
  const path = flags.path ?? text(config.settings.get("path"));
  const transformJson = flags.transformJson ?? transformFile(config);
  return {
    ...flags,
    dataset,
    ...(path !== undefined && { path }),
    ...(transformJson !== undefined && { transformJson }),
  };
}

function transformFile(config: RunConfig): string | undefined {
  const transforms = config.settings.get("transforms");
  return transforms === null || transforms === undefined
    ? undefined
    : new JsonFields(transforms, `${RUN_FILES.config}: transforms`).string("file");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Of the images that are held out now, those of a run with fewer or none held out were trained on. */
function noteTrainedOn(config: RunConfig, { train, val }: BatchSources): void {
  const valSplit = valSplitOf(config);
  const count = train.count + val.count;
  const heldOut = valSplit === null ? 0 : heldOutCount(count, valSplit, config.dataset);
  if (val.count <= heldOut) return;
  note(
    `the run trained on ${countText(val.count - heldOut)} of these images: it held ${heldOut === 0 ? "none" : countText(heldOut)} out`,
  );
}

/** Loads a model into a network of which no tensor may be left out: an accuracy of half a model means nothing. */
function loadWhole(network: Module, { path, tensors }: ModelFile, imageShape: readonly number[]): string[] {
  const report = scope(() => loadByName(network, withQuantizedWeights(tensors, path), path, { imageShape }));
  const wrong = whatIsWrong(report);
  if (wrong !== undefined) throw new InputError(`${path}: ${wrong}`);
  return describeReport(report);
}

function whatIsWrong({ missing, reinitialised, leftover }: LoadReport): string | undefined {
  const [head] = reinitialised;
  const clip = leftover.find((name) => name.endsWith(".clip"));
  if (clip !== undefined) {
    return `tensor "${shortenedName(clip)}": expected none without quantized activations there, found one; --activation-bits says of how many bits`;
  }
  if (head !== undefined) {
    return `tensor "${head.name}": expected shape [${head.expected}], for the data's classes, found [${head.found}]`;
  }
  if (missing.length === 0) return undefined;
  return `expected every tensor of the network, found ${missing.length} missing: ${missing.slice(0, 4).join(", ")}${missing.length > 4 ? ", …" : ""}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
