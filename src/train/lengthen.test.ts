import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fakeEpoch } from "../../tests/support/fake-run.js";
import { notebook, settingsOf } from "../../tests/support/run-settings.js";
import { makeSynthetic } from "../data/synthetic.js";
import { readRunConfig } from "../run/config.js";
import type { Lengthening } from "../run/lengthening.js";
import { BEGINNING, type RunProgress } from "../run/progress.js";
import { readRecord } from "../run/record.js";
import { InputError } from "../text/errors.js";
import { lengthen } from "./lengthen.js";
import { train } from "./train.js";

const root = mkdtempSync(join(tmpdir(), "lengthen-"));
after(() => rmSync(root, { recursive: true }));

const data = makeSynthetic({ seed: 1, trainCount: 8, valCount: 4 });
const CONFIG = {
  ...{ init_lr: 0.05, weight_decay: 1e-4, momentum: 0.9, epochs: 1, batch_size: 4, temp_anneal_rate: 0.9 },
  ...{ lr_scheduler: "Step", milestones: [2] },
};

/** Trains a small network; its run's directory. */
async function trained(workDir: string, epochs: number, set: object = {}): Promise<string> {
  const { directory } = await train({
    ...{
      network: "resnet20",
      data,
      quantize: true,
      values: [-1, 1],
      threads: 1,
      config: CONFIG,
      note: () => undefined,
    },
    ...{ workDir: join(root, workDir), epochs, set: { ...set } },
  });
  assert.ok(directory !== null);
  return directory;
}

function recorded(directory: string): { epochs: number; lengthened: readonly Omit<Lengthening, "at">[] } {
  const path = join(directory, "config.json");
  const { settings, lengthened } = readRecord(readRunConfig(path), path);
  return { epochs: settings.recipe.epochs, lengthened: lengthened.map(({ at: _, ...rest }) => rest) };
}

test("a schedule that does not depend on the epochs: bit-exact a run planned so from its beginning", async () => {
  const long = await trained("long", 3);
  const short = await trained("short", 1);
  const { notes, note } = notebook();
  const { epochs } = await train({ resume: short, data, epochs: 3, note });
  assert.deepEqual(notes, ["`epochs` 3 instead of 1: the epochs so far are those of a run of 3 epochs"]);
  assert.equal(epochs.length, 3);
  const model = (directory: string) => readFileSync(join(directory, "state.safetensors"));
  assert.ok(model(short).equals(model(long)));
  const expected = { epochs: 3, lengthened: [{ from: 1, to: 3, epochs: 1, batch: 0, changesSchedule: false }] };
  assert.deepEqual(recorded(short), expected);
  // Given once more, as by a launcher that starts the command again, it changes nothing.
  await train({ resume: short, data, epochs: 3, note: assert.fail });
  assert.deepEqual(recorded(short), expected);
});

test("a cosine continues as that of the longer run, which is noted and recorded", async () => {
  const run = await trained("cosine", 1, { lr_scheduler: "Cos" });
  const { notes, note } = notebook();
  await train({ resume: run, data, epochs: 2, note });
  const { epochs } = await train({ resume: run, data, epochs: 4, note });
  assert.deepEqual(
    epochs.map(({ lr }) => Number(lr.toPrecision(3))),
    [0.05, 0.025, 0.025, 0.00732],
  );
  const { lengthened } = recorded(run);
  assert.deepEqual(lengthened, [
    { from: 1, to: 2, epochs: 1, batch: 0, changesSchedule: false },
    { from: 2, to: 4, epochs: 2, batch: 0, changesSchedule: true },
  ]);
  assert.equal(
    notes[1],
    "`epochs` 4 instead of 2: from epoch 3 on the schedule is that of 4 epochs (learning rate 0.025, then 0.025); " +
      "a run of 4 epochs from its beginning would have had other values before",
  );
});

const SETTINGS = settingsOf({ arch: "resnet20", trainJson: "resnet20-30", quantizeNetwork: true, quantJson: "1b" });
const PLACE = { directory: "run", note: () => undefined };

function progress(epochs: number, batch = 0): RunProgress {
  const pass = { batch, loss: 0, top1: 0, top5: 0, images: 0, skippedImages: 0, skippedSteps: 0, seconds: 0 };
  return {
    ...BEGINNING,
    epochs: Array.from({ length: epochs }, (_, index) => fakeEpoch(index + 1, 0.5)),
    pass: batch === 0 ? null : { ...pass, dataWaitSeconds: 0 },
  };
}

test("without another number, and before the first step, the schedule does not change", () => {
  assert.deepEqual(lengthen(SETTINGS, progress(3), undefined, PLACE), { recipe: SETTINGS.recipe, lengthening: null });
  assert.equal(lengthen(SETTINGS, progress(30), 30, PLACE).lengthening, null);
  assert.equal(lengthen(SETTINGS, BEGINNING, 60, PLACE).lengthening?.changesSchedule, false);
});

test("a rate by batch differs within the first epoch already", () => {
  const notes: string[] = [];
  const { lengthening } = lengthen(SETTINGS, progress(1), 60, { ...PLACE, note: (text) => void notes.push(text) });
  assert.equal(lengthening?.changesSchedule, true);
  assert.match(notes[0] ?? "", /^`epochs` 60 instead of 30: from epoch 2 on .*\(learning rate 0\.0\d+, then 0\.0\d+/);
});

test("soft epochs stay those they were; a batch of the first epoch has a schedule already", () => {
  const soft = { ...SETTINGS, recipe: { ...SETTINGS.recipe, softEpochs: 10 } };
  const { recipe } = lengthen(soft, progress(12), 60, PLACE);
  assert.deepEqual([recipe.epochs, recipe.softEpochs], [60, 10]);
  assert.equal(lengthen(SETTINGS, progress(0, 3), 60, PLACE).lengthening?.batch, 3);
});

test("no fewer epochs than have been trained, and none that the schedule does not fit into", () => {
  const refused = (settings: typeof SETTINGS, epochs: number, message: string) =>
    assert.throws(() => lengthen(settings, progress(12), epochs, PLACE), new InputError(message));
  for (const epochs of [11, 12]) {
    refused(SETTINGS, epochs, `\`epochs\`: expected more than the 12 that run has trained, received ${epochs}`);
  }
  const soft = { ...SETTINGS, recipe: { ...SETTINGS.recipe, softEpochs: 20 } };
  refused(soft, 15, "run, with `epochs`: soft_epochs: expected at most the epochs (15), found 20");
  assert.equal(lengthen(SETTINGS, progress(12), 25, PLACE).recipe.epochs, 25);
});

test("epochs whose batches are not mixed any more are those of a longer run only where it has none either", () => {
  const tensorStep = { name: "ToTensor" } as const;
  const mixed = (offEpochs: number) => {
    const batch = { transforms: [{ name: "MixUp", alpha: 1 } as const], offEpochs };
    const recipe = { ...SETTINGS.recipe, lrScheduler: "Step" as const };
    return {
      ...SETTINGS,
      recipe,
      search: null,
      transforms: { file: "t.json", train: [tensorStep], val: [tensorStep], batch },
    };
  };
  assert.equal(lengthen(mixed(0), progress(28), 60, PLACE).lengthening?.changesSchedule, false);
  assert.equal(lengthen(mixed(2), progress(28), 60, PLACE).lengthening?.changesSchedule, false);
  const notes: string[] = [];
  const { lengthening } = lengthen(mixed(2), progress(29), 60, { ...PLACE, note: (text) => void notes.push(text) });
  assert.equal(lengthening?.changesSchedule, true);
  assert.match(notes[0] ?? "", /\(share of mixed batches 0, then 1\)/);
});
