// A data set of the user's own, in a file: trained, resumed, evaluated and recorded as the built-in ones are.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readRunConfig } from "../src/run/config.js";
import { readRun } from "../src/run/read-run.js";
import { train } from "../src/train/train.js";
import { weightSearch as run } from "./support/command.js";

const root = mkdtempSync(join(tmpdir(), "own-data-"));
after(() => rmSync(root, { recursive: true }));

const MODULE = join(root, "dots.mjs");

/** Grey images of 8 × 8 pixels, dark or bright: two classes that a step or two tell apart. */
function source(names: string): string {
  return `
    function part(count) {
      const labels = Int32Array.from({ length: count }, (_, index) => index % 2);
      const images = Uint8Array.from({ length: 64 * count }, (_, at) => 40 + 150 * labels[Math.floor(at / 64)] + at % 7);
      return { count, images, labels };
    }
    export default {
      name: "dots",
      files: null,
      open: async ({ parts }) => ({
        kind: "memory", name: "dots", classNames: ${names}, channels: 1, height: 8, width: 8,
        mean: [0.45], std: [0.3], cropPadding: 0, flip: false,
        train: part(parts.includes("train") ? 64 : 0), val: part(parts.includes("val") ? 20 : 0),
      }),
    };`;
}

const ARGS = ["train", "-a", "resnet20", "--train-json", "synthetic", "--batch-size", "16", "--threads", "1"];

test("-d FILE: trained, recorded, evaluated; a file that has changed is named", { timeout: 120_000 }, () => {
  writeFileSync(MODULE, source('["dark", "bright"]'));
  const trained = run([...ARGS, "-d", MODULE, "--epochs", "2", "--checkpoint-minutes", "0", "-o", root]);
  assert.equal(trained.code, 0, trained.stderr);
  const [name = ""] = readdirSync(join(root, "dots-resnet20"));
  const directory = join(root, "dots-resnet20", name);
  const config = readRunConfig(join(directory, "config.json"));
  assert.equal(config.dataset, "dots");
  assert.equal(config.datasetFile?.path, MODULE);
  assert.deepEqual(config.settings.get("input"), {
    ...{ classNames: ["dark", "bright"], channels: 1, channelOrder: "gray", height: 8, width: 8 },
    ...{ steps: [], divisor: 255, mean: [0.45], std: [0.3] },
  });

  const evaluated = run(["evaluate", directory, "--json"]);
  assert.equal(evaluated.code, 0, evaluated.stderr);
  const { dataset, images, loss, top1 } = JSON.parse(evaluated.stdout) as Record<string, number | string>;
  const { val } = readRun(directory).epochs.at(-1) ?? assert.fail("no epochs");
  assert.deepEqual([dataset, images, top1], ["dots", 20, val.top1]);
  assert.ok(Math.abs(Number(loss) - val.loss) < 1e-5);

  // The same data from another text: resumed, and said. Other classes: named.
  writeFileSync(MODULE, `${source('["dark", "bright"]')}\n// Changed.`);
  const longer = run(["train", "--resume", directory, "--epochs", "3"]);
  assert.equal(longer.code, 0, longer.stderr);
  assert.match(
    longer.stderr,
    /dots\.mjs has changed since the run began: SHA-256 [0-9a-f]{12}… then, [0-9a-f]{12}… now/,
  );
  writeFileSync(MODULE, source('["bright", "dark"]'));
  for (const args of [
    ["train", "--resume", directory, "--epochs", "4"],
    ["evaluate", directory],
  ]) {
    const refused = run(args);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(
      refused.stderr,
      /dots: expected the classes that .* was trained on, found another order: label 0 was dark and is bright\n$/,
    );
  }
});

test("a file that exports something else, or is not there, is one line", () => {
  const path = join(root, "wrong.mjs");
  const fails = (text: string | null, message: RegExp) => {
    if (text === null) rmSync(path, { force: true });
    else writeFileSync(path, text);
    const { code, stderr } = run([...ARGS, "-d", path, "--epochs", "1", "--no-save"]);
    assert.deepEqual([code, stderr.trimEnd().split("\n").length], [2, 1], stderr);
    assert.match(stderr, message);
  };
  fails(null, /wrong\.mjs: expected a file with a data set, as its default export, found/);
  fails("export const name = 1;", /wrong\.mjs: expected a data set as its default export, found only name/);
  fails("export default {", /wrong\.mjs: .*[Uu]nexpected/);
  fails('import "no-such-package";', /wrong\.mjs: .*no-such-package/);
  fails('export default { name: "x" };', /wrong\.mjs: open: expected a function that returns a data set, found none/);
  fails('export default { name: "x", open: () => 3 };', /wrong\.mjs: open: expected a data set, found 3/);
});

test("a definition and its data can be given in a script", async () => {
  const images = new Float32Array(64 * 8 * 8).map((_, at) => (Math.floor(at / 64) % 2) + (at % 5) / 10);
  const part = { count: 64, images, labels: Int32Array.from({ length: 64 }, (_, index) => index % 2) };
  const { epochs } = await train({
    network: "resnet20",
    data: {
      name: "numbers",
      open: () => ({
        ...{ kind: "memory", name: "numbers", classNames: ["low", "high"], channels: 1, height: 8, width: 8 },
        ...{ mean: [0.7], std: [0.5], cropPadding: 0, flip: false, train: part, val: part },
      }),
    },
    ...{ epochs: 1, config: "synthetic", batchSize: 16, save: false, threads: 1 },
  });
  assert.ok(Number.isFinite(epochs[0]?.val.loss));
});

const CIFAR_SKIP = "WEIGHT_SEARCH_DATA does not name a folder with cifar10-images";
test("class folders that were renamed since are named, and validation needs no training folder", (context) => {
  const real = join(process.env["WEIGHT_SEARCH_DATA"] ?? "", "cifar10-images");
  let classes: string[];
  try {
    classes = readdirSync(join(real, "test")).slice(0, 2);
  } catch {
    context.skip(CIFAR_SKIP);
    return;
  }
  const folder = join(root, "folder");
  for (const name of classes) {
    for (const part of ["train", "val"]) {
      mkdirSync(join(folder, part, name), { recursive: true });
      const images = readdirSync(join(real, "test", name)).slice(0, 8);
      for (const image of images) {
        writeFileSync(join(folder, part, name, image), readFileSync(join(real, "test", name, image)));
      }
    }
  }
  const options = ["-d", "folder", "-p", folder, "--transform-json", "cifar10", "--epochs", "1", "--workers", "1"];
  const trained = run([...ARGS, ...options, "-o", root]);
  assert.equal(trained.code, 0, trained.stderr);
  const [name = ""] = readdirSync(join(root, "folder-resnet20"));
  const directory = join(root, "folder-resnet20", name);
  const measure = (path: string) =>
    run(["evaluate", directory, "-p", path, "--workers", "1"]).stdout.split("\n").at(-2);
  const usual = measure(folder)?.replace(/\d+\.\d s/, "");
  renameSync(join(folder, "train"), join(root, "elsewhere"));
  for (const path of [folder, join(folder, "val")]) assert.equal(measure(path)?.replace(/\d+\.\d s/, ""), usual);

  const [first = ""] = classes;
  renameSync(join(folder, "val", first), join(folder, "val", "renamed"));
  const refused = run(["evaluate", directory]);
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /val\/renamed: expected one of the 2 classes of the training split/);
});
