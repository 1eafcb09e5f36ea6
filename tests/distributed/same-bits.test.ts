// Two processes that share each batch end in the bits of one that has it whole, whatever its number of threads: every sum over
// a batch is that of its halves. Searched weights would not be near otherwise, since rounding decides which value wins.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../../src/distributed/free-port.js";
import { readResults } from "../../src/run/result-csv.js";
import { readSafetensors } from "../../src/run/safetensors.js";
import { addon } from "../../src/tensor/addon.js";
import { ROOT } from "../support/command.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-bits-"));
after(() => rmSync(folder, { recursive: true }));

const run = promisify(execFile);

/** Trains for three steps on the built-in images, cropped and flipped; returns the process' output. */
async function train(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const command = [`${ROOT}/bin/weight-search.mjs`, "train", "--epochs", "3"];
  const { stdout } = await run(process.execPath, [...command, "--limit-batches", "1", ...args], {
    env: { ...process.env, ...environment },
  });
  return stdout;
}

/** The same in two processes, which both run on this machine; returns the output of the first, which writes the files. */
async function trainTogether(args: readonly string[]): Promise<string> {
  const place = {
    WORLD_SIZE: "2",
    LOCAL_WORLD_SIZE: "2",
    MASTER_ADDR: "127.0.0.1",
    MASTER_PORT: String(await freePort()),
  };
  const ranks = ["0", "1"].map((rank) => train([...args, "--sync-bn"], { ...place, RANK: rank, LOCAL_RANK: rank }));
  const [first = ""] = await Promise.all(ranks);
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

for (const [weights, batch] of [
  ["float", 16],
  ["1b", 16],
  ["po2-2b", 24],
  ["po2-3b", 16],
] as const) {
  test(`two processes and one, with one thread and two, end in the same bits: ${weights}, batches of ${batch}`, {
    skip: !("openProcessGroup" in addon()) && "this addon was built without Gloo",
  }, async () => {
    const search = weights === "float" ? [] : ["-q", "--quant-json", weights];
    const args = (name: string, threads: number) => [
      ...["--batch-size", String(batch), ...search, "--threads", String(threads)],
      ...["-o", join(folder, `${weights}-${batch}-${name}`)],
    ];
    const alone = outcomeOf(await train(args("one", 1)));
    checkSame(outcomeOf(await train(args("threads", 2))), alone);
    checkSame(outcomeOf(await trainTogether(args("two", 1))), alone);
  });
}
