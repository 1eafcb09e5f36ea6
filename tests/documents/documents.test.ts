import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { OVERRIDES } from "../../src/config/training-keys.js";
import { OPTION_KINDS } from "../../src/train/option-kinds.js";
import { ROOT } from "../support/command.js";
import { GENERATED_PARTS, withPart } from "./generated.js";
import { readLayers } from "./layer-table.js";
import { deadLinks, missingImports, missingNames, missingPaths, readDocuments } from "./references.js";

/** Paths that are no files of this repository: a misspelt name as an example, a file of oneDNN's. */
const FOREIGN = new Set(["json/qiantization/1b.json", "src/graph/tuning.cc"]);

for (const part of GENERATED_PARTS) {
  test(`${part.document}: ${part.name} follows from the code`, () => {
    const text = readFileSync(join(ROOT, part.document), "utf8");
    assert.equal(text, withPart(text, part), "write it by npm run docs:generated");
  });
}

test("a part that the code has changed is found, and so is a missing place for one", () => {
  const part = { document: "x.md", name: "numbers", markdown: () => "| 1 |" };
  const [before, after] = ["# Numbers\n\n<!-- numbers -->\n\n", "\n\n<!-- /numbers -->\n\nmore\n"];
  assert.equal(withPart(`${before}| 2 |${after}`, part), `${before}| 1 |${after}`);
  assert.equal(withPart(`${before}| 1 |${after}`, part), `${before}| 1 |${after}`);
  assert.throws(() => withPart("# Numbers\n", part), /x\.md: expected the comments <!-- numbers -->/);
});

test("what the linter says of a forbidden import lists the layers that it allows", () => {
  for (const { name, imports, message } of readLayers()) {
    const listed = /only (.*) \(CONTRIBUTING/.exec(message)?.[1] ?? "";
    const allowed = imports.length === 0 ? "its own files" : imports.map((other) => `src/${other}`);
    assert.deepEqual(new Set(listed.split(", ")), new Set([allowed].flat()), name);
  }
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

test("documents import what the package exports", async () => {
  const missing = await Promise.all(
    documents.map(async (document) => (await missingImports(document)).map((what) => `${document.path}: ${what}`)),
  );
  assert.deepEqual(missing.flat(), []);
});

test("docs/library.md names every option of train", () => {
  const text = readFileSync(join(ROOT, "docs/library.md"), "utf8");
  const options = [...Object.keys(OPTION_KINDS), ...OVERRIDES.map(({ option }) => option)];
  assert.deepEqual(
    options.filter((name) => !new RegExp(`\\b${name}\\b`).test(text)),
    [],
  );
});

test("links of documents lead to files and headings", () => {
  const dead = documents.flatMap((document) => deadLinks(document, ROOT).map((link) => `${document.path}: ${link}`));
  assert.deepEqual(dead, []);
});

test("what a document names in vain is found", async () => {
  const text = [
    "`src/no-such-file.ts`, `dist/tests/layers.test.js`, `src/models/<family>.test.ts`, `native/operators/`.",
    "`InputError` in `src/text/errors.ts`, `NoSuchError` in `src/text/errors.ts`.",
    "# A heading: `code`, and more",
    "[here](#a-heading-code-and-more), [no heading](#nowhere), [no file](nowhere.md), [far](https://example.org/x)",
    "[there](method.md#noise), [outside](../../elsewhere.md)",
    "```\n[in code](nowhere.md)\n```",
    'import { train, trian } from "weight-search";\nimport { x } from "weight-search/loop";\nimport { y } from "node:fs";',
  ].join("\n");
  const document = { path: "docs/example.md", text };
  assert.deepEqual(missingPaths(document, ROOT), ["src/no-such-file.ts"]);
  assert.deepEqual(missingNames(document, ROOT), ["NoSuchError in src/text/errors.ts"]);
  assert.deepEqual(await missingImports(document), ["trian from weight-search", "weight-search/loop"]);
  assert.deepEqual(deadLinks(document, ROOT), ["#nowhere", "nowhere.md", "../../elsewhere.md"]);
});
