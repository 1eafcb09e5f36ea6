// Runs with quantized activations, from the command line: what they record, that they are bit-exact, and that their
// models load.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readSafetensors, writeSafetensors } from "../../src/formats/safetensors.js";
import { RUN_FORMAT_VERSION } from "../../src/run/config.js";
import { RUN_FILES } from "../../src/run/directory.js";
import { startWeightSearch } from "../faults/command.js";
import { beginArgs, checkSame, resumeArgs, runIn } from "../faults/trial.js";
import { weightSearch } from "../support/command.js";
import { startedFrom, validated } from "../support/printed-metrics.js";
import { type ShortRun, shortRun } from "../support/short-run.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-activations-"));
after(() => rmSync(folder, { recursive: true }));

const SEARCH = ["-q", "--quant-json", "1b"];

const runs = new Map<number, ShortRun>();
/** A run of a few steps; tests/activation-learning.test.ts tests that networks learn with such activations. */
function run(bits: number): ShortRun {
  const found = runs.get(bits);
  if (found !== undefined) return found;
  const made = shortRun(join(folder, `bits-${bits}`), ...SEARCH, "--activation-bits", String(bits));
  runs.set(bits, made);
  return made;
}

const clips = (path: string) => [...readSafetensors(path).tensors].filter(([name]) => name.endsWith(".clip"));
const floats = (data: Uint8Array) => [...new Float32Array(Uint8Array.from(data).buffer)];
const evaluate = (...args: string[]) => weightSearch(["evaluate", ...args, "--limit-batches", "2", "--threads", "1"]);

for (const bits of [1, 2, 4, 8]) {
  test(`W1A${bits}: what a run prints and leaves says the bits, and clips are trained`, () => {
    const { directory, stdout } = run(bits);
    assert.match(stdout, new RegExp(`^resnet20, hard search of 18 layers over .*, ${bits}-bit activations \\| `));
    const { activationBits, formatVersion } = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
    assert.deepEqual([activationBits, formatVersion], [bits, RUN_FORMAT_VERSION]);
    for (const file of ["state", "model", "best", "packed"] as const) {
      const path = join(directory, RUN_FILES[file]);
      const found = clips(path);
      assert.equal(found.length, bits === 1 ? 0 : 18, file);
      assert.ok(
        found.every(([, { dtype, shape, data }]) => dtype === "F32" && shape.length === 0 && data.length === 4),
      );
      const { metadata } = readSafetensors(path);
      assert.deepEqual([metadata["activation_bits"], metadata["activation_last_layer"]], [String(bits), "false"]);
    }
    const first = clips(join(directory, "state.safetensors")).map(([, { data }]) => floats(data)[0]);
    // Few activations reach a clip of 8 bits: of two whose gradient is 0 so far, decay makes the same.
    assert.ok(new Set(first).size >= first.length / 2, `clips go ways of their own: ${first}`);
  });
}

test("evaluate rebuilds the network from a run, from each of its models alone, and from what the flags say", () => {
  for (const bits of [1, 2]) {
    const { directory } = run(bits);
    const whole = evaluate(directory, "--json");
    assert.equal(whole.code, 0, whole.stderr);
    const { loss } = JSON.parse(whole.stdout);
    for (const file of [RUN_FILES.state, RUN_FILES.packed]) {
      const alone = join(folder, file);
      cpSync(join(directory, file), alone);
      assert.equal(JSON.parse(evaluate(alone, "--json").stdout).loss, loss, file);
    }
    // As another program's file, which says nothing of it.
    const bare = join(folder, "bare.safetensors");
    writeSafetensors(bare, readSafetensors(join(directory, RUN_FILES.model)).tensors, { format: "pt" });
    const flags = [bare, "-a", "resnet20", "-d", "synthetic"];
    assert.equal(JSON.parse(evaluate(...flags, "--activation-bits", String(bits), "--json").stdout).loss, loss);
    if (bits === 1) continue;
    const { code, stderr } = evaluate(...flags);
    assert.deepEqual(
      [code, stderr],
      [
        2,
        `error: ${bare}: tensor "layer1.0.act1.clip": expected none without quantized activations there, found one; ` +
          "--activation-bits says of how many bits\n",
      ],
    );
  }
});

test("metadata that say nothing sensible of activations are an error", () => {
  const { tensors, metadata } = readSafetensors(join(run(2).directory, RUN_FILES.model));
  const path = join(folder, "wrong.safetensors");
  for (const [more, message] of [
    [{ activation_bits: "9" }, "metadata: activation_bits: expected 1 to 8, found 9"],
    [{ activation_bits: "two" }, "metadata: activation_bits: expected 1 to 8, found two"],
    [{ activation_last_layer: "yes" }, "metadata: activation_last_layer: expected true or false, found yes"],
  ] as const) {
    writeSafetensors(path, tensors, { ...metadata, ...more });
    const { code, stderr } = evaluate(path);
    assert.deepEqual([code, stderr], [2, `error: ${path}: ${message}\n`]);
  }
});

test("float weights, last layers and bad flags", () => {
  const float = shortRun(folder, "--activation-bits", "2");
  assert.match(float.stdout, /^resnet20, float weights, 2-bit activations \| /);
  const last = shortRun(folder, ...SEARCH, "--quantize-last-layer", "--activation-bits", "1", "-a", "vgg_small");
  assert.equal(evaluate(last.directory).code, 0);
  for (const [args, message] of [
    [
      ["train", "--activation-bits", "0"],
      /option --activation-bits: expected a whole number from 1 to 8, received "0"/,
    ],
    [["train", "--activation-bits", "9"], /from 1 to 8, received "9"/],
    [["train", "-a", "resnet50", "--activation-bits", "1"], /expected 2 to 8 bits for resnet50, whose bottlenecks/],
    [["summary", "-a", "resnet50", "--activation-bits", "1"], /expected 2 to 8 bits for resnet50/],
    [
      ["train", "--resume", float.directory, "--activation-bits", "2"],
      /option --activation-bits: expected none with --resume/,
    ],
    [["evaluate", float.directory, "--activation-bits", "1"], /clip": expected none without quantized activations/],
  ] as const) {
    const { code, stderr } = weightSearch(args);
    assert.match(stderr, message);
    assert.match(stderr, /^error: [^\n]*\n$/);
    assert.equal(code, 2);
  }
});

for (const bits of [1, 2]) {
  test(`a run of ${bits} bits stopped by SIGTERM and resumed is bit-exact`, async () => {
    const trial = { weights: "2-bit", batches: 3, data: ["--activation-bits", String(bits)] } as const;
    const [uninterrupted, interrupted] = [join(folder, `uninterrupted-${bits}`), join(folder, `interrupted-${bits}`)];
    assert.equal(weightSearch(beginArgs(trial, uninterrupted)).code, 0);
    const begun = startWeightSearch(beginArgs(trial, interrupted));
    await begun.printed(/^resnet20, /);
    begun.kill("SIGTERM");
    assert.equal((await begun.ended).code, 143);
    const [whole, stopped] = [runIn(uninterrupted), runIn(interrupted)];
    assert.ok(whole && stopped);
    const resumed = weightSearch(resumeArgs(stopped));
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stdout, new RegExp(`, ${bits}-bit activations \\| `));
    checkSame(whole, stopped);
  });
}

test("threads change no bit of the network", () => {
  for (const [arch, bits] of [
    ["resnet20", 1],
    ["resnet20", 2],
    ["vgg_small", 1],
  ] as const) {
    const of = (threads: string) => {
      const args = [...SEARCH, "-a", arch, "--activation-bits", String(bits), "--threads", threads];
      return readSafetensors(join(shortRun(folder, ...args).directory, RUN_FILES.state)).tensors;
    };
    const [one, two] = [of("1"), of("2")];
    for (const [name, { data }] of one) assert.deepEqual(two.get(name)?.data, data, `${arch}, ${bits} bits: ${name}`);
  }
});

test("progressive stages continue with the clips, and a run starts from a model of other bits", () => {
  const { directories, stdout } = shortRun(folder, "-q", "--stages", "2", "--activation-bits", "2");
  assert.equal(directories.length, 2);
  const [firstStage, secondStage] = validated(stdout);
  assert.ok(firstStage !== undefined && secondStage !== undefined);
  assert.deepEqual(startedFrom(stdout), [firstStage]);
  const [first = ""] = directories;
  const started = shortRun(folder, ...SEARCH, "--activation-bits", "1", "--load-model-state", first);
  assert.match(started.stdout, /in the file but not used: 18 \(layer1\.0\.act1\.clip, /);
  const more = shortRun(folder, ...SEARCH, "--activation-bits", "4", "--load-model-state", started.directory);
  assert.match(more.stdout, /missing, left at their initial values: 18 \(layer1\.0\.act1\.clip, /);
});

test("summary and report say the bits", () => {
  const summary = weightSearch(["summary", ...SEARCH, "--activation-bits", "2"]).stdout;
  assert.match(summary, /^resnet20: .*, weights searched over \{-1, 1\}, 2-bit activations\n/);
  assert.match(summary, /^18 × 2-bit activation +PACT +18 +float32 +32 +0\.1$/m);
  const reported = weightSearch(["report", run(2).directory, run(1).directory]).stdout;
  assert.match(reported, /values +activations +draw/);
  assert.match(reported, /^resnet20 +synthetic +1 +\{±1\} +1 +hard.*\nresnet20 +synthetic +1 +\{±1\} +2 +hard/m);
  const records = JSON.parse(weightSearch(["report", run(2).directory, "--format", "json"]).stdout);
  assert.equal(records[0].activationBits, 2);
});
