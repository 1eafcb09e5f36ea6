import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { InputError } from "../text/errors.js";
import { modelFileOf } from "./model-file.js";

const folder = mkdtempSync(join(tmpdir(), "model-file-"));
after(() => rmSync(folder, { recursive: true }));

test("a run directory: what training changes, or the quantized network, whichever is there", () => {
  const run = join(folder, "run");
  mkdirSync(run);
  assert.throws(
    () => modelFileOf(run, "state"),
    new InputError(
      `${run}: expected a run directory with state.safetensors or model.safetensors or packed.safetensors, found none`,
    ),
  );
  writeFileSync(join(run, "packed.safetensors"), "");
  assert.equal(modelFileOf(run, "model"), join(run, "packed.safetensors"));
  writeFileSync(join(run, "model.safetensors"), "");
  assert.equal(modelFileOf(run, "state"), join(run, "model.safetensors"));
  writeFileSync(join(run, "state.safetensors"), "");
  assert.equal(modelFileOf(run, "state"), join(run, "state.safetensors"));
  assert.equal(modelFileOf(run, "model"), join(run, "model.safetensors"));
});

test("any other path is the file; one that is not there is an error", () => {
  const path = join(folder, "model.pth");
  writeFileSync(path, "");
  assert.equal(modelFileOf(path, "model"), path);
  const none = join(folder, "none");
  const expected = `${none}: expected a safetensors file, a file of torch.save, or a run directory, found no such file or directory`;
  assert.throws(() => modelFileOf(none, "state"), new InputError(`${expected}`));
});
