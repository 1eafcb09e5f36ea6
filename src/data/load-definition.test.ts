import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadDefinition } from "./load-definition.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-data-"));
after(() => rmSync(folder, { recursive: true }));

let count = 0;

/** A file of that text; a new one each time, since modules are imported once. */
function file(text: string): string {
  const path = join(folder, `data${count++}.mjs`);
  writeFileSync(path, text);
  return path;
}

const OPEN = { seed: 1, parts: ["train", "val"] as const };
const SPLIT = "{ count: 1, images: Uint8Array.of(7), labels: Int32Array.of(0) }";

test("a file opens a data set of its own, under its definition's name", async () => {
  const path = file(`export default { name: "dots", open: ({ path }) => ({
    kind: "memory", name: path, classNames: ["one"], channels: 1, height: 1, width: 1, mean: [0], std: [1],
    cropPadding: 0, flip: false, train: ${SPLIT}, val: ${SPLIT} }) };`);
  const definition = await loadDefinition(path);
  assert.equal(definition.file?.path, path);
  const data = await definition.open({ ...OPEN, path: "somewhere" });
  assert.deepEqual([data.name, data.train.count, data.classNames], ["dots", 1, ["one"]]);
});

test("what is no data set, or fails to open, is one line that names the file", async () => {
  const refused = (text: string, message: RegExp) =>
    assert.rejects(
      async () => {
        const definition = await loadDefinition(file(text));
        await definition.open(OPEN);
      },
      { name: "InputError", message },
    );
  await refused("export default 3", /data\d+\.mjs: expected a default export \{ name, open \}, a data set, found 3$/);
  await refused(
    "export default { name: 'x' }",
    /data\d+\.mjs: open: expected a function that returns a data set, found none$/,
  );
  await refused(
    "export default { name: 'x', open() { throw new Error('no\\ndata') } }",
    /data\d+\.mjs: open: no\\ndata$/,
  );
  await refused("export default { name: 'x', open: () => 5 }", /data\d+\.mjs: open: expected a data set, found 5$/);
  await assert.rejects(() => loadDefinition("cifar11"), { name: "InputError", message: /cifar10/ });
});
