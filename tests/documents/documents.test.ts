import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../support/command.js";
import { GENERATED_TABLES, withTable } from "./generated-tables.js";
import { deadLinks, missingNames, missingPaths, readDocuments } from "./references.js";

/** Paths that are no files of this repository: a misspelt name as an example, a file of oneDNN's. */
const FOREIGN = new Set(["json/qiantization/1b.json", "src/graph/tuning.cc"]);

for (const table of GENERATED_TABLES) {
  test(`${table.document}: the table ${table.name} follows from the code`, () => {
    const text = readFileSync(join(ROOT, table.document), "utf8");
    assert.equal(text, withTable(text, table), "write it by npm run docs:tables");
  });
}

test("a table that the code has changed is found, and so is a missing place for one", () => {
  const table = { document: "x.md", name: "numbers", markdown: () => "| 1 |" };
  const [before, after] = ["# Numbers\n\n<!-- numbers -->\n\n", "\n\n<!-- /numbers -->\n\nmore\n"];
  assert.equal(withTable(`${before}| 2 |${after}`, table), `${before}| 1 |${after}`);
  assert.equal(withTable(`${before}| 1 |${after}`, table), `${before}| 1 |${after}`);
  assert.throws(() => withTable("# Numbers\n", table), /x\.md: expected the comments <!-- numbers -->/);
});

const documents = readDocuments(ROOT);

test("documents name files that exist, and names that are in them", () => {
  assert.ok(documents.length > 10);
  const missing = documents.flatMap((document) =>
    [...missingPaths(document, ROOT).filter((path) => !FOREIGN.has(path)), ...missingNames(document, ROOT)].map(
      (what) => `${document.path}: ${what}`,
    ),
  );
  assert.deepEqual(missing, []);
});

test("links of documents lead to files and headings", () => {
  const dead = documents.flatMap((document) => deadLinks(document, ROOT).map((link) => `${document.path}: ${link}`));
  assert.deepEqual(dead, []);
});

test("what a document names in vain is found", () => {
  const text = [
    "`src/no-such-file.ts`, `dist/tests/layers.test.js`, `src/models/<family>.test.ts`, `native/operators/`.",
    "`InputError` in `src/text/errors.ts`, `NoSuchError` in `src/text/errors.ts`.",
    "# A heading: `code`, and more",
    "[here](#a-heading-code-and-more), [no heading](#nowhere), [no file](nowhere.md), [far](https://example.org/x)",
    "[there](method.md#noise), [outside](../../elsewhere.md)",
    "```\n[in code](nowhere.md)\n```",
  ].join("\n");
  const document = { path: "docs/example.md", text };
  assert.deepEqual(missingPaths(document, ROOT), ["src/no-such-file.ts"]);
  assert.deepEqual(missingNames(document, ROOT), ["NoSuchError in src/text/errors.ts"]);
  assert.deepEqual(deadLinks(document, ROOT), ["#nowhere", "nowhere.md", "../../elsewhere.md"]);
});
