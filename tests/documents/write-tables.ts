// npm run docs:tables: writes the tables of the documents that follow from the code.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/command.js";
import { GENERATED_TABLES, withTable } from "./generated-tables.js";

for (const table of GENERATED_TABLES) {
  const path = join(ROOT, table.document);
  writeFileSync(path, withTable(readFileSync(path, "utf8"), table));
}
