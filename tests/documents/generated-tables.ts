import { runSettingsTable, trainingConfigTable } from "./setting-tables.js";

/** A table in a document, between comments `<!-- name -->` and `<!-- /name -->`, that follows from the code. */
export interface GeneratedTable {
  readonly document: string;
  readonly name: string;
  readonly markdown: () => string;
}

export const GENERATED_TABLES: readonly GeneratedTable[] = [
  { document: "docs/method.md", name: "training-config", markdown: trainingConfigTable },
  { document: "docs/run-directory.md", name: "run-settings", markdown: runSettingsTable },
];

/** The document's text with the table as it follows from the code. Throws Error where the comments are missing. */
export function withTable(text: string, { document, name, markdown }: GeneratedTable): string {
  const [start, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`${document}: expected the comments <!-- ${name} --> and <!-- /${name} -->`);
  return `${text.slice(0, from + start.length)}\n${markdown()}\n${text.slice(to)}`;
}
