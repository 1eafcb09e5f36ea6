// npm run docs:generated: writes the parts of the documents that follow from the code.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/command.js";
import { GENERATED_PARTS, withPart } from "./generated.js";

for (const part of GENERATED_PARTS) {
  const path = join(ROOT, part.document);
  writeFileSync(path, withPart(readFileSync(path, "utf8"), part));
}
