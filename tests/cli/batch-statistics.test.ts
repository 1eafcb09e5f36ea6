// --bn-calibration and --state-bn from the command line: what they leave, and what is refused.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { readMetrics } from "../../src/run/metrics-jsonl.js";
import { weightSearch } from "../support/command.js";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";
import { LIMIT, shortRun } from "../support/short-run.js";

const workDir = mkdtempSync(join(tmpdir(), "weight-search-batch-statistics-"));
after(() => rmSync(workDir, { recursive: true }));

const folder = await makeImageFolder(join(workDir, "images"));
const IMAGE_FLAGS = folderFlags(folder, writeTransforms(join(workDir, "transforms.json"), 32));

test("a run with both: recorded, said, and its model evaluated to the digits of its last validation", () => {
  const search = ["-q", "--quant-json", "po2-2b", "--soft", "--state-bn", "--bn-calibration", "2"];
  const { directory, stdout } = shortRun(workDir, ...IMAGE_FLAGS, ...search);
  assert.match(
    stdout,
    /^resnet20, soft search of .*, batch statistics by state, batch statistics of 2 batches before each validation \| /,
  );
  const { stateBn, bnCalibration } = JSON.parse(readFileSync(join(directory, "config.json"), "utf8"));
  assert.deepEqual([stateBn, bnCalibration], [true, 2]);

  const tensorsOf = (name: string) => readSafetensors(join(directory, `${name}.safetensors`)).tensors;
  assert.ok(tensorsOf("state").has("layer1.0.bn1.soft_running_var"));
  for (const name of ["model", "best", "packed"]) {
    assert.deepEqual(
      [...tensorsOf(name).keys()].filter((key) => key.includes("soft")),
      [],
    );
  }
  const tracked = tensorsOf("model").get("bn1.num_batches_tracked");
  assert.deepEqual(tracked && [...tracked.data], [2, 0, 0, 0, 0, 0, 0, 0]);

  const { code, stdout: json, stderr } = weightSearch(["evaluate", directory, "--json", ...LIMIT]);
  assert.deepEqual([code, stderr], [0, ""]);
  const { loss, top1, top5 } = JSON.parse(json);
  assert.deepEqual({ loss, top1, top5 }, readMetrics(join(directory, "metrics.jsonl")).at(-1)?.val);
});

for (const [args, message] of [
  [
    ["--state-bn"],
    "option --state-bn keeps batch statistics of soft and hard weights apart: expected --soft, or -q/--quantize-network and a training config with soft_epochs, with it",
  ],
  [["--bn-calibration", "-1"], 'option --bn-calibration: expected a whole number >= 0, received "-1"'],
] as const) {
  test(`${args.join(" ")}: one line, exit 2`, () => {
    const { code, stdout, stderr } = weightSearch(["train", ...IMAGE_FLAGS, "-q", "--no-save", ...args]);
    assert.deepEqual([stderr, stdout, code], [`error: ${message}\n`, "", 2]);
  });
}
