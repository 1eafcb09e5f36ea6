import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/command.js";
import { layerTable } from "./layer-table.js";
import { runSettingsTable, trainingConfigTable } from "./setting-tables.js";

/** A part of a document, between comments `<!-- name -->` and `<!-- /name -->`, that follows from the code. */
export interface GeneratedPart {
  readonly document: string;
  readonly name: string;
  readonly markdown: () => string;
}

export const GENERATED_PARTS: readonly GeneratedPart[] = [
  { document: "docs/method.md", name: "training-config", markdown: trainingConfigTable },
  { document: "docs/run-directory.md", name: "run-settings", markdown: runSettingsTable },
  { document: "CONTRIBUTING.md", name: "layers", markdown: layerTable },
  { document: "docs/library.md", name: "example", markdown: exampleScript },
];

/** The document's text with the part as it follows from the code. Throws Error where the comments are missing. */
export function withPart(text: string, { document, name, markdown }: GeneratedPart): string {
  const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`${document}: expected the comments <!-- ${name} --> and <!-- /${name} -->`);
  return `${text.slice(0, from + start.length)}\n${markdown()}\n${text.slice(to)}`;
}

function exampleScript(): string {
  return `\`\`\`js\n${readFileSync(join(ROOT, "examples/train.mjs"), "utf8")}\`\`\``;
}
