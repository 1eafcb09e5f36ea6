// Two processes that share each batch are bit-exact with one that has the whole batch, for any number of threads: every
// sum over a batch is that of its halves. Searched weights would not be near otherwise, since rounding decides which
// value wins.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { readResults } from "../../src/run/result-csv.js";
import { addon } from "../../src/tensor/addon.js";
import { type Finished, ROOT, weightSearch } from "../support/command.js";
import { trainRanks } from "../support/ranks.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-bits-"));
after(() => rmSync(folder, { recursive: true }));

/** Three steps on the built-in images, cropped and flipped. */
const STEPS = ["--epochs", "3", "--limit-batches", "1"];

/** What a process that trained to its end printed. */
function outputOf({ code, stdout, stderr }: Finished): string {
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Trains alone; returns the output. */
function train(args: readonly string[]): string {
  return outputOf(weightSearch(["train", ...STEPS, ...args]));
}

/**
 * The same in two processes, which both run on this machine; returns the output of the first, which writes the files.
 */
async function trainInTwo(args: readonly string[]): Promise<string> {
  const [first = ""] = (await trainRanks([...STEPS, ...args, "--sync-bn"])).map(outputOf);
  return first;
}

interface Outcome {
  readonly losses: readonly number[];
  readonly tensors: ReadonlyMap<string, Uint8Array>;
}

function outcomeOf(stdout: string): Outcome {
  const directory = /^run: (.*)$/m.exec(stdout)?.[1];
  assert.ok(directory, stdout);
  const { tensors } = readSafetensors(join(directory, "state.safetensors"));
  return {
    losses: readResults(join(directory, "result.csv")).map(({ train_loss: loss }) => loss),
    tensors: new Map([...tensors].map(([name, { data }]) => [name, data])),
  };
}

function checkSame(found: Outcome, expected: Outcome): void {
  assert.deepEqual([...found.tensors.keys()], [...expected.tensors.keys()]);
  const others = [...found.tensors].filter(([name, data]) => Buffer.compare(data, expected.tensors.get(name) ?? data));
  assert.deepEqual(
    others.map(([name]) => name),
    [],
  );
  assert.equal(expected.losses.length, 3);
  expected.losses.forEach((loss, epoch) => {
    assert.ok(Math.abs((found.losses[epoch] ?? Number.NaN) - loss) <= 1e-6 * loss, `epoch ${epoch}`);
  });
}

for (const [weights, batch, ...more] of [
  ["float", 16],
  ["1b", 16],
  ["po2-2b", 24],
  ["po2-3b", 16],
  ["po2-2b", 16, "--soft", "--state-bn", "--bn-calibration", "2", "--limit-batches", "2", "--val-split", "500"],
  ["1b", 16, "--activation-bits", "1"],
  ["1b", 16, "--activation-bits", "2"],
  ["1b", 16, "--teacher", join(ROOT, "tests/fixtures/runs/format-5")],
] as const) {
  test(`two processes and one, with one thread and two, are bit-exact: ${[weights, batch, ...more].join(" ")}`, {
    skip: !("openProcessGroup" in addon()) && "this addon was built without Gloo",
  }, async () => {
    const search = weights === "float" ? [] : ["-q", "--quant-json", weights];
    const args = (name: string, threads: number) => [
      ...["--batch-size", String(batch), ...search, "--threads", String(threads)],
      ...[...more, "-o", join(folder, [weights, batch, ...more, name].join("-"))],
    ];
    const alone = outcomeOf(train(args("one", 1)));
    checkSame(outcomeOf(train(args("threads", 2))), alone);
    checkSame(outcomeOf(await trainInTwo(args("two", 1))), alone);
  });
}
