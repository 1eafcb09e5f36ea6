import { resolve } from "node:path";
import { parseRecordedTransforms } from "../config/recorded-transforms.js";
import type { BatchSources } from "../data/batch-sources.js";
import { classChanges } from "../data/class-changes.js";
import type { Dataset } from "../data/dataset.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";
import { heldOutCount } from "../data/val-split.js";
import { ALONE } from "../distributed/group.js";
import { checkActivationBits } from "../models/registry.js";
import { type ModelFile, readModelFile } from "../nn/files/read-model.js";
import { loadWhole } from "../nn/load-whole.js";
import { valSplitOf } from "../report/run-description.js";
import type { RunConfig } from "../run/config.js";
import { RUN_FILES } from "../run/directory.js";
import { modelFileOf, runConfigOf } from "../run/model-file.js";
import { recordedClassNames } from "../run/model-input.js";
import { withDefaults } from "../run/settings.js";
import { exitOnSignals } from "../system/signals.js";
import { isUserModule } from "../system/user-module.js";
import { quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { countText } from "../text/format.js";
import { jsonText } from "../text/json.js";
import { resolveData, resolveTransforms } from "../train/data.js";
import { evaluate } from "../train/evaluate.js";
import { loadNetwork, recordedNetwork } from "../train/load-network.js";
import type { LossFunction } from "../train/loss-function.js";
import { activationsOf } from "../train/model-activations.js";
import { recordedParts } from "../train/own-parts.js";
import { noteIdleWorkers, openSession } from "../train/session.js";
import { machineFor, settingValues } from "../train/settings.js";
import { type DataFlags, defaultDataset } from "./options/data.js";
import { passText, skippedLine } from "./terminal/epoch-line.js";
import { note, skipped } from "./terminal/note.js";
import { downloadProgress, progressDisplay } from "./terminal/progress.js";
import { placeText } from "./terminal/run-text.js";

/** The flags of `weight-search evaluate`, as commander returns them. */
export interface EvaluateFlags extends DataFlags {
  readonly arch?: string;
  readonly activationBits?: number;
  readonly quantizeLastLayer?: boolean;
  readonly limitBatches?: number;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/**
 * `weight-search evaluate`: measures a trained network on the data's own validation images, or with `--val-split` on training images
 * that are held out. Throws InputError.
 */
export async function evaluateModel(path: string, flags: EvaluateFlags): Promise<void> {
  const config = runConfigOf(path);
  const model = readModelFile(modelFileOf(path, "model"));
  const arch = flags.arch ?? config?.arch ?? model.metadata["arch"];
  if (arch === undefined) {
    throw new InputError(`${model.path}: expected \`network\` with a file that does not say which network it is`);
  }
  // A model's own metadata name no file: to evaluate it runs no code of others.
  const network =
    flags.arch === undefined
      ? await recordedNetwork(arch, config?.networkFile ?? null, note)
      : await loadNetwork(flags.arch);
  const activations = activationsOf(flags, config, model);
  checkActivationBits(
    network.family,
    network.arch,
    activations?.bits ?? null,
    flags.activationBits === undefined ? model.path : undefined,
  );
  const loss = await recordedLoss(config);
  const given = withRecorded(flags, config, model);
  const source = await resolveData(given.dataset ?? defaultDataset(given));
  const data = source.name;
  const isRecorded = config?.dataset === data;
  const classNames = isRecorded ? recordedClassNames(config.settings, path) : null;
  const { transformJson: transforms, ...place } = given;
  const recordedTransforms = transforms === undefined && isRecorded ? transformsOf(config, path) : undefined;
  const settings = {
    ...withDefaults(settingValues(place), machineFor(1)),
    dataset: data,
    transforms:
      recordedTransforms ?? resolveTransforms({ data: source, ...(transforms !== undefined && { transforms }) }, note),
  };
  const download = downloadProgress(process.stderr);
  const reported = { ...place, skipped, onDownload: download.update };
  const session = await openSession(source, settings, network, reported, note, {
    isEvaluation: true,
    ...(classNames !== null && { classNames }),
  }).finally(download.clear);
  noteIdleWorkers(place, session.sources, note);
  if (settings.valSplit !== null && isRecorded) noteTrainedOn(config, session.sources);
  const display = progressDisplay(flags, process.stderr, () => ({ epochs: 1, epochSeconds: null }));
  exitOnSignals(() => display.clear());
  try {
    const { family, dataset, sources, device, precision, execution } = session;
    if (classNames !== null) checkClasses(path, classNames, dataset);
    const { channels, height, width } = sources.val;
    const module = family.build({
      numClasses: dataset.classNames.length,
      channels,
      imageSize: [height, width],
      search: null,
      activations,
    });
    const lines = loadWhole(module, model, [channels, height, width]);
    module.moveTo(device);
    const start = performance.now();
    const loggers = { step: display.update.bind(display) };
    const { limitBatches } = settings;
    const measured = await evaluate(module, sources.val, {
      ...{ group: ALONE, epoch: 1, limitBatches, execution, loggers },
      ...(loss !== undefined && { loss }),
    });
    const { metrics, images, skipped } = measured;
    const seconds = (performance.now() - start) / 1000;
    display.clear();
    if (flags.json) {
      const split = settings.valSplit === null ? {} : { valSplit: settings.valSplit };
      print(
        jsonText({
          model: model.path,
          arch: network.arch,
          dataset: data,
          ...split,
          images,
          skipped,
          ...metrics,
          seconds,
        }),
      );
      return;
    }
    for (const line of lines) print(line);
    if (skipped > 0) print(skippedLine(skipped));
    const of = settings.valSplit === null ? "" : `${countText(sources.val.count)} held-out training images of `;
    print(
      `${network.arch} on ${of}${data}: ${passText(metrics, dataset.classNames.length)} ` +
        `(${images} images, ${seconds.toFixed(1)} s, ${placeText(device, precision)})`,
    );
  } finally {
    display.clear();
    await session.sources.close();
  }
}

/** The loss that a run was trained with; where a script gave it, cross-entropy, and that is said. */
async function recordedLoss(config: RunConfig | null): Promise<LossFunction | undefined> {
  const own = config?.ownLoss ?? null;
  if (own === null) return undefined;
  if (own.file !== null)
    return (await recordedParts({ ownOptimizer: null, ownLoss: own }, {}, "the run", note)).loss?.compute;
  note(`the run was trained with a script's loss function, ${own.name}: the loss below is the cross entropy`);
  return undefined;
}

/** Labels mean what they meant in training. Throws InputError naming the classes that have changed since. */
function checkClasses(run: string, trained: readonly string[], dataset: Dataset): void {
  const changes = classChanges(trained, dataset.classNames);
  if (changes === null) return;
  throw new InputError(`data set ${dataset.name}: expected the classes that ${run} was trained on, found ${changes}`);
}

/** What the flags leave open is as it was in training, as far as that is the same data set. */
function withRecorded(flags: DataFlags, config: RunConfig | null, { path: file, metadata }: ModelFile): DataFlags {
  const ofModel = metadata["dataset"];
  if (config === null && flags.dataset === undefined && ofModel !== undefined && isUserModule(ofModel)) {
    throw new InputError(
      `${file}: expected the name of a data set in its metadata, found ${quote(ofModel)}: a model names no file to run`,
    );
  }
  const recorded = config?.datasetFile?.path ?? config?.dataset ?? ofModel;
  const dataset =
    flags.dataset !== undefined && isUserModule(flags.dataset) ? resolve(flags.dataset) : (flags.dataset ?? recorded);
  if (dataset === undefined && flags.path === undefined && !flags.download) {
    throw new InputError(`${file}: expected -d/--dataset with a file that does not say which data it is for`);
  }
  if (dataset === undefined) return flags;
  if (config === null || recorded !== dataset) return { ...flags, dataset };
  const path = flags.path ?? text(config.settings.get("path"));
  return { ...flags, dataset, ...(path !== undefined && { path }) };
}

/** The transforms as the run resolved them, wherever their file is now; `undefined` where the data set's own were used. */
function transformsOf({ settings }: RunConfig, run: string): ImageTransforms | undefined {
  const transforms = settings.get("transforms") ?? null;
  return transforms === null ? undefined : parseRecordedTransforms(transforms, `${run}: ${RUN_FILES.config}`);
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

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
