import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertRefused, ROOT } from "../support/command.js";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";
import { startedFrom, validated } from "../support/printed-metrics.js";
import { LIMIT, shortRun } from "../support/short-run.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-load-"));
after(() => rmSync(workDir, { recursive: true }));

const data = folderFlags(
  await makeImageFolder(join(workDir, "data")),
  writeTransforms(join(workDir, "transforms.json"), 32),
);

const VALUE_SET = ["-q", "--quant-json", "po2-2b"];
const float = shortRun(workDir, ...data);
const searched = shortRun(workDir, ...data, ...VALUE_SET, "--load-model-state", float.directory);

/** Loss and top-1 in validation, as the line before training or the row of the last epoch prints them. */
function validation(stdout: string, start: "epoch" | "before training"): string | undefined {
  return (start === "epoch" ? validated(stdout) : startedFrom(stdout)).at(-1);
}

test("a float run continues from its own end", () => {
  const { stdout, directory } = shortRun(workDir, ...data, "--load-model-state", float.directory);
  assert.ok(validation(float.stdout, "epoch"));
  assert.equal(validation(stdout, "before training"), validation(float.stdout, "epoch"));
  assert.match(stdout, /state\.safetensors: 116 tensors loaded, 0 missing, 0 not used$/m);
  const config = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
  assert.equal(config.loadModelState, float.directory);
});

test("a search starts from a float run: every searched layer from its weights", () => {
  assert.match(searched.stdout, /state\.safetensors: 116 tensors loaded, 0 missing, 0 not used$/m);
  assert.match(searched.stdout, /^search started from float weights: 18 \(layer1\.0\.conv1 × \S+, .*and 10 more\)$/m);
  assert.match(searched.stdout, /^before training: val loss /m);
});

test("with logits as of normal weights a search that starts from a float run is less decided", () => {
  const recipe = join(workDir, "normal.json");
  const synthetic = JSON.parse(readFileSync(join(ROOT, "json/training/synthetic.json"), "utf8"));
  writeFileSync(recipe, JSON.stringify({ ...synthetic, logit_init: "normal" }));
  const flags = [...data, "-q", "--quant-json", "1b", "--load-model-state", float.directory];
  const [decided, normal] = [[], ["--train-json", recipe]].map((more) => {
    const { stdout, directory } = shortRun(workDir, ...flags, ...more);
    assert.match(stdout, /^search started from float weights: 18 /m);
    const [line = ""] = readFileSync(join(directory, "metrics.jsonl"), "utf8").split("\n");
    const { health } = JSON.parse(line) as { health: readonly { entropy: number }[] };
    return health.map(({ entropy }) => entropy);
  });
  assert.ok(Math.max(...(decided ?? [1])) < 0.6 && Math.min(...(normal ?? [0])) > 0.8, `entropy ${decided}, ${normal}`);
});

test("a search continues from its own state, and is reinitialized for another value set", () => {
  const state = join(searched.directory, "state.safetensors");
  const again = shortRun(workDir, ...data, ...VALUE_SET, "--load-model-state", state);
  assert.equal(validation(again.stdout, "before training"), validation(searched.stdout, "epoch"));
  assert.doesNotMatch(again.stdout, /started from float/);

  const other = shortRun(workDir, ...data, "-q", "--quant-json", "1b", "--load-model-state", state);
  assert.match(other.stdout, /^loaded as quantized weights, as the value set differs or the layer is float: 18 /m);
  assert.match(other.stdout, /^search started from float weights: 18 /m);
});

test("a float run starts from what a search found", () => {
  const { stdout } = shortRun(workDir, ...data, "--load-model-state", searched.directory);
  assert.match(stdout, /^loaded as quantized weights, as the value set differs or the layer is float: 18 /m);
  assert.equal(validation(stdout, "before training"), validation(searched.stdout, "epoch"));
});

const fixture = (name: string) => join(ROOT, "tests", "fixtures", "checkpoints", name);
const CUT = join(workDir, "cut.safetensors");
const model = readFileSync(join(float.directory, "model.safetensors"));
writeFileSync(CUT, model.subarray(0, model.length / 2));

const CASES: readonly [title: string, args: readonly string[], message: RegExp][] = [
  [
    "another network's file",
    [fixture("state_dict.pth")],
    /state_dict\.pth: tensor "conv1\.weight": expected shape \[16,3,3,3\], found \[2,1,2,2\]/,
  ],
  [
    "the original's file of another network",
    [fixture("original.pth")],
    /original\.pth: tensor "conv1\.weight": expected shape/,
  ],
  ["a file that would run code", [fixture("malicious.pth")], /malicious\.pth: .*which is not run/],
  [
    "another network's file of an old PyTorch",
    [fixture("legacy.pth")],
    /legacy\.pth: tensor "conv1\.weight": expected shape \[16,3,3,3\], found \[2,1,2,2\]/,
  ],
  ["an old file that would run code", [fixture("legacy_malicious.pth")], /legacy_malicious\.pth: .*which is not run/],
  ["a file that is cut off", [CUT], /cut\.safetensors: /],
  [
    "a run of another network",
    [float.directory, "-a", "vgg_small"],
    /state\.safetensors: tensor "conv1\.weight": expected shape \[128,3,3,3\]/,
  ],
  [
    "a later stage of float weights",
    [float.directory, "-q", "--active-bit", "1"],
    /model\.safetensors: tensor "layer1\.0\.conv1\.weight": element 0: expected a value of the stage before stage 1/,
  ],
];
for (const [title, args, message] of CASES) {
  test(`--load-model-state with ${title}: one line, exit 2, nothing written`, () => {
    const results = join(workDir, "none");
    assertRefused(["train", ...data, ...LIMIT, "-o", results, "--load-model-state", ...args], message);
    assert.throws(() => readdirSync(results), { code: "ENOENT" });
  });
}
