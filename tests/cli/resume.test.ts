// Runs that are stopped and gone on with end in the bits of uninterrupted ones; what cannot be gone on with is told in a line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { shellQuote } from "../../src/text/shell-quote.js";
import { type Ended, MAIN, startLine, startWeightSearch } from "../faults/command.js";
import { beginArgs, checkSame, newestCheckpoint, resumeArgs, runIn } from "../faults/trial.js";
import { ROOT, weightSearch } from "../support/command.js";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";
import { shortRun } from "../support/short-run.js";

// A name that a shell would take apart.
const folder = mkdtempSync(join(tmpdir(), "weight-search resume's "));
after(() => rmSync(folder, { recursive: true }));

/** Flags of images, and of a pass that takes long enough for a signal to come in between. */
const images = await makeImageFolder(join(folder, "images"));
const data = folderFlags(images, writeTransforms(join(folder, "transforms.json"), 96));

const TRIAL = { weights: "2-bit", batches: 3, data } as const;
const uninterrupted = join(folder, "uninterrupted");

/** The one run of a work directory. */
function theRun(workDir: string): string {
  const run = runIn(workDir);
  assert.ok(run, workDir);
  return run;
}

/** The last line that a stopped command printed, taken apart. */
function stopLine({ stderr, stdout }: Ended): { readonly where: string; readonly command: string } {
  assert.ok(stdout.endsWith("\n"));
  const [, where = "", command = ""] =
    /(?:^|\n)stopping after this step; once more to stop at once\nstopped by (.*); to resume: (.*)\n$/.exec(stderr) ??
    [];
  assert.match(command, /^weight-search train --resume /, stderr);
  return { where, command };
}

/** Every file of a folder with its bytes. */
function contents(directory: string): Map<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, path, name }) => join(parentPath ?? path, name)).sort();
  return new Map(paths.map((path) => [path, readFileSync(path, "latin1")]));
}

/** Checks that a command on a run is refused in one line, and that the run stays as it was; returns the line. */
function assertRefused(args: readonly string[], run: string, message: RegExp): string {
  const before = contents(run);
  const { code, stdout, stderr } = weightSearch(args);
  assert.match(stderr, /^error: [^\n]*\n$/);
  assert.match(stderr, message);
  assert.equal(stdout, "");
  assert.equal(code, 2);
  assert.deepEqual(contents(run), before);
  return stderr;
}

test("a run that SIGTERM and SIGINT stop in the middle of epochs ends, by the printed commands, in the same bits", async () => {
  const interrupted = join(folder, "interrupted");
  const begun = startWeightSearch(beginArgs(TRIAL, interrupted));
  await begun.printed(/^resnet20, /);
  begun.kill("SIGSTOP");
  const run = theRun(interrupted);
  try {
    // It holds its lock while it stands still.
    assertRefused(
      resumeArgs(run),
      run,
      /: expected a run that no process works on, found one that another process is training\n/,
    );
  } finally {
    begun.kill("SIGTERM");
    begun.kill("SIGCONT");
  }
  const first = await begun.ended;
  assert.equal(first.code, 143);
  assert.match(stopLine(first).where, /^SIGTERM after epoch 1, batch [1-3]$/);

  const again = startLine(stopLine(first).command);
  await again.printed(/^ +1\/2 /m);
  again.kill("SIGINT");
  const second = await again.ended;
  assert.equal(second.code, 130);
  assert.match(second.stdout, /^resuming .*\/\d{14} from epoch 1, batch [1-3]$/m);
  assert.match(stopLine(second).where, /^SIGINT after (the end of epoch 1|epoch 2, batch [1-3])$/);

  const last = await startLine(stopLine(second).command).ended;
  assert.equal(last.stderr, "");
  assert.equal(last.code, 0);
  assert.equal(weightSearch(beginArgs(TRIAL, uninterrupted)).code, 0);
  checkSame(theRun(uninterrupted), theRun(interrupted));
  assert.deepEqual(readdirSync(theRun(interrupted)), [...readdirSync(theRun(uninterrupted))].sort());
});

test("a run that is over is completed, and trains no more", () => {
  const workDir = join(folder, "over");
  cpSync(uninterrupted, workDir, { recursive: true });
  const run = theRun(workDir);
  // As if it had been killed between its last checkpoint and its other files.
  for (const name of ["model.safetensors", "best.safetensors", "packed.safetensors", "result.csv"]) {
    rmSync(join(run, name));
  }
  const { code, stdout, stderr } = weightSearch(resumeArgs(run));
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.ok(stdout.includes(`\n${run} was finished before\n`), stdout);
  assert.doesNotMatch(stdout, /^ *epoch /m);
  assert.match(stdout, /^accuracy: top-1 .*\npacked size: .*\nrun: /m);
  checkSame(theRun(uninterrupted), run);
});

test("a run that is over is lengthened, and not to fewer epochs than it has", () => {
  const workDir = join(folder, "lengthened");
  cpSync(uninterrupted, workDir, { recursive: true });
  const run = theRun(workDir);
  const { code, stdout, stderr } = weightSearch([...resumeArgs(run), "--epochs", "3"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^note: --epochs 3 instead of 2: from epoch 3 on the schedule is that of 3 epochs \(.*\n$/);
  assert.match(stdout, /^resuming .* from the end of epoch 2\nepoch .*\n +3\/3 /m);
  assertRefused(
    [...resumeArgs(run), "--epochs", "2"],
    run,
    /option --epochs: expected more than the 3 that .* received 2/,
  );
});

test("a second signal ends the process at once, and the run is gone on with", async () => {
  const workDir = join(folder, "at-once");
  const step = folderFlags(images, writeTransforms(join(folder, "long-step.json"), 128));
  const args = [
    "train",
    ...step,
    "-q",
    "--quant-json",
    "po2-2b",
    "--batch-size",
    "12",
    "--epochs",
    "1",
    "--threads",
    "1",
  ];
  const running = startWeightSearch([...args, "-o", workDir]);
  await running.printed(/^resnet20, /);
  running.kill("SIGINT");
  await running.printed(/^stopping after this step/);
  running.kill("SIGTERM");
  const { code, stderr } = await running.ended;
  assert.equal(stderr, "stopping after this step; once more to stop at once\nstopped at once\n");
  assert.equal(code, 143);
  // It did not wait for the step to end, nor for a checkpoint.
  assert.match(newestCheckpoint(theRun(workDir)), /\/0000-000000\.json$/);

  const next = weightSearch(resumeArgs(theRun(workDir)));
  assert.equal(next.code, 0);
  assert.match(next.stdout, /^resuming .* from the beginning$/m);
  assert.match(next.stdout, /^ +1\/1 /m);
});

test("a flag that decides results is refused", () => {
  const run = theRun(uninterrupted);
  assertRefused([...resumeArgs(run), "--batch-size", "8"], run, /option --batch-size: expected none with --resume/);
});

test("a run of the first format is refused", () => {
  const run = join(ROOT, "tests", "fixtures", "runs", "format-1");
  assertRefused(
    resumeArgs(run),
    run,
    /format-1\/config\.json: expected a run with checkpoints, found one of format version 1, which has none; start a new run/,
  );
});

test("other data than before are refused; the same ones may lie elsewhere", async () => {
  const [mine, moved] = [join(folder, "mine"), join(folder, "moved")];
  cpSync(images, mine, { recursive: true });
  const flags = folderFlags(mine, writeTransforms(join(folder, "small.json"), 16));
  const run = shortRun(join(folder, "mine-run"), ...flags).directory;
  const rename = (from: string, to: string) => renameSync(join(mine, "val", "bee", from), join(mine, "val", "bee", to));
  rename("3.jpg", "4.jpg");
  assertRefused(
    resumeArgs(run),
    run,
    /mine: expected the data that .*, 12 \+ 12 images of 3 classes \([0-9a-f]{12}…\), found 12 \+ 12 images of 3 classes \(/,
  );
  rename("4.jpg", "3.jpg");
  renameSync(mine, moved);
  const { code, stdout, stderr } = weightSearch([...resumeArgs(run), "-p", moved]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /was finished before$/m);
});

test("of stages in a row, one stopped between two or in a later one is gone on with to the same bits", async () => {
  const args = [...["train", ...data, "-q", "--stages", "2", "--epochs", "1", "--threads", "1"], "-o"];
  const stagesIn = (workDir: string) => {
    const parent = join(folder, workDir, "folder-resnet20");
    return readdirSync(parent)
      .sort()
      .map((name) => join(parent, name));
  };
  assert.equal(weightSearch([...args, join(folder, "in-a-row")]).code, 0);

  const begun = startWeightSearch([...args, join(folder, "stopped")]);
  await begun.printed(/^ +1\/1 /m);
  begun.kill("SIGTERM");
  const between = await begun.ended;
  assert.equal(between.code, 143);
  assert.match(stopLine(between).where, /^SIGTERM after (the end of epoch 1|epoch 1, batch 1)$/);

  // Started elsewhere: the next stage lies beside the one before all the same.
  const elsewhere = join(folder, "elsewhere");
  mkdirSync(elsewhere);
  const again = startLine(stopLine(between).command, { cwd: elsewhere });
  await again.printed(/^(before training: |resuming .* from epoch 1, )/m);
  again.kill("SIGTERM");
  const inSecond = await again.ended;
  assert.equal(inSecond.code, 143);
  const [first = "", second = "", ...others] = stagesIn("stopped");
  assert.deepEqual(others, []);
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.match(stopLine(inSecond).where, /^SIGTERM after epoch 1, batch [1-3]$/);

  const refusal = assertRefused(
    resumeArgs(first),
    second,
    /: expected the last stage that has begun, found stage 0, which is over; the one to resume is/,
  );
  const [, next = ""] = /the one to resume is (.*)\n$/.exec(refusal) ?? [];
  const command = `weight-search train --resume ${shellQuote(next)}`;
  assert.equal(command, stopLine(inSecond).command);
  assert.equal((await startLine(command, { cwd: elsewhere }).ended).code, 0);
  for (const [stage, whole] of stagesIn("in-a-row").entries()) checkSame(whole, [first, second][stage] ?? "");
});

test("--no-save: a signal stops the run, and there is nothing to resume", async () => {
  const cwd = join(folder, "nothing");
  mkdirSync(cwd);
  const args = ["train", ...data, "--threads", "1", "--no-save"];
  const running = startWeightSearch(args, { cwd });
  await running.printed(/^resnet20, /);
  running.kill("SIGTERM");
  const { code, stderr } = await running.ended;
  assert.equal(
    stderr,
    "stopping after this step; once more to stop at once\nstopped by SIGTERM: nothing was saved (--no-save)\n",
  );
  assert.equal(code, 143);
  assert.deepEqual(readdirSync(cwd), []);
});

const NOBODY = { uid: 65_534, gid: 65_534 };

/** Why nobody cannot be played here; `false` when he can. */
function cannotBeNobody(): string | false {
  if (process.getuid?.() !== 0) return "only root may be another user";
  const { status } = spawnSync(process.execPath, [MAIN, "--version"], NOBODY);
  return status === 0 ? false : "other users may not read this checkout";
}

test("a run that this user may not write is refused, and stays as it was", { skip: cannotBeNobody() }, async () => {
  const workDir = join(folder, "forbidden");
  cpSync(uninterrupted, workDir, { recursive: true });
  const run = theRun(workDir);
  chmodSync(folder, 0o755);
  const before = contents(run);
  const { code, stderr } = await startWeightSearch(resumeArgs(run), NOBODY).ended;
  assert.match(stderr, /^(note: [^\n]*\n)*error: [^\n]*permission denied[^\n]*\n$/);
  assert.equal(code, 2);
  assert.deepEqual(contents(run), before);
});
