import assert from "node:assert/strict";
import { test } from "node:test";
import { csvTable, markdownTable, textTable } from "./table.js";

const TABLE = {
  columns: [
    { title: "name", align: "left" },
    { title: "top-1", align: "right" },
  ],
  rows: [
    ["{±1}", "9.5"],
    ["a|b\nc", "10.25"],
  ],
} as const;

test("text is aligned, a cell is one line", () => {
  assert.equal(textTable(TABLE), ["name   top-1", "─────  ─────", "{±1}     9.5", "a|b c  10.25"].join("\n"));
});

test("Markdown is aligned as text and by its rule, and a bar in a cell stays in it", () => {
  assert.equal(
    markdownTable(TABLE),
    ["| name   | top-1 |", "| ------ | ----: |", "| {±1}   |   9.5 |", "| a\\|b c | 10.25 |"].join("\n"),
  );
});

test("CSV quotes what would be read otherwise", () => {
  assert.equal(csvTable(["a", "b"], [["1,2", 'say "x"']]), 'a,b\n"1,2","say ""x"""');
});
