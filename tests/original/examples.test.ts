import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { weightSearch } from "../support/command.js";
import { makeExampleData, originalExamples, shortened } from "./examples.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-original-"));
after(() => rmSync(folder, { recursive: true }));

const data = await makeExampleData(folder);
for (const { title, args, environment } of originalExamples(data)) {
  test(`the original's example runs: ${title}`, () => {
    const small = ["--batch-size", "4", "--threads", "1"];
    const { code, stdout, stderr } = weightSearch([...shortened(args, join(folder, "results")), ...small], {
      ...environment,
      cwd: folder,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^accuracy: top-1 /m);
    assert.match(stdout, /^run: /m);
  });
}
