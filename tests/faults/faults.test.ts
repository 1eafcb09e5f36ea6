// A short round of `npm run faults`.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { folderFlags, makeImageFolder, writeTransforms } from "../support/image-folder.js";
import { canMount, tryFullDisk } from "./full-disk.js";
import { tryInterruptions } from "./interruptions.js";
import type { Trial } from "./trial.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-faults-"));
after(() => rmSync(folder, { recursive: true }));

const data = folderFlags(
  await makeImageFolder(join(folder, "images")),
  writeTransforms(join(folder, "transforms.json"), 96),
);
const TRIAL: Trial = { weights: "2-bit", batches: 3, data };

test("a run killed and stopped at eight random moments is bit-exact", async (t) => {
  const { before, during } = await tryInterruptions(
    TRIAL,
    { signals: ["SIGKILL", "SIGTERM"], times: 8, seed: 12 },
    join(folder, "interrupted"),
    (line) => t.diagnostic(line),
  );
  // Moments follow from the seed, as shares of the time that an uninterrupted run takes: two at least end a run.
  assert.ok(during >= 2, `${before} before it began, ${during} after`);
});

const skip = canMount(folder) ? false : "mounting a small disk is not permitted here";

test("a run whose disk is full repeatedly is bit-exact", { skip }, async (t) => {
  await tryFullDisk(TRIAL, { times: 3, seed: 7 }, join(folder, "full"), (line) => t.diagnostic(line));
});
