import { z } from "zod";
import { readJsonFile } from "../../config/json-file.js";
import { checkObject, keyError } from "../../config/schema-error.js";
import { loadValueSet } from "../../config/value-set-file.js";

/** Which weights a figure is of: value set, `null` for float, and the activations' bits, `null` for float. */
export interface Weights {
  readonly values: readonly number[] | null;
  readonly activationBits: number | null;
}

/** Where figures of others come from. */
export interface Source {
  readonly name: string;
  /** As the tables call it. */
  readonly label: string;
  readonly text: string;
  readonly url: string | null;
}

/** A figure of others. */
export interface Reported extends Weights {
  readonly source: Source;
  /** As it is printed there. */
  readonly top1Percent: string;
  readonly epochSeconds: string | null;
  readonly note: string | null;
}

/** A table of the document, there whether its runs are or not. */
export interface ReferenceTable {
  readonly title: string;
  readonly arch: string;
  readonly dataset: string;
  /** As `recipeText` says it. */
  readonly recipe: string;
  readonly columns: readonly Weights[];
  readonly reported: readonly Reported[];
}

/** Why a figure is missing. */
export interface Missing extends Weights {
  readonly arch: string;
  readonly dataset: string;
  readonly reason: string;
}

export interface Figure {
  readonly arch: string;
  readonly dataset: string;
  /** A path from the document's folder. */
  readonly file: string;
  readonly text: string;
}

/** What the document of results says besides what runs say themselves. */
export interface Reference {
  readonly notes: readonly string[];
  readonly sources: readonly Source[];
  readonly tables: readonly ReferenceTable[];
  readonly missing: readonly Missing[];
  readonly figures: readonly Figure[];
}

export const NO_REFERENCE: Reference = { notes: [], sources: [], tables: [], missing: [], figures: [] };

const text = () => z.string().min(1).describe("a text");
const list = (what: string) => z.array(z.unknown()).max(1000).default([]).describe(`a list of ${what}`);
const weights = {
  weights: z.string().min(1).describe('"float", a name in json/quantization, or a list like "[-1,0,1]"'),
  activation_bits: z.int().min(1).max(32).optional().describe("an integer from 1 to 32"),
};
const network = { arch: text(), dataset: text() };

const fileSchema = z.strictObject({
  notes: z.array(z.string().min(1)).max(1000).default([]).describe("a list of texts"),
  sources: list("sources"),
  tables: list("tables"),
  missing: list("missing figures"),
  figures: list("figures"),
});
const sourceSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/)
    .describe("a name of letters, digits, dots and dashes"),
  label: text(),
  text: text(),
  url: z
    .string()
    .regex(/^https?:\/\/[^\s<>()]+$/)
    .optional()
    .describe("an address"),
});
const tableSchema = z.strictObject({
  title: text(),
  ...network,
  recipe: text(),
  columns: list("columns"),
  reported: list("figures of others"),
});
const columnSchema = z.strictObject(weights);
const reportedSchema = z.strictObject({
  ...weights,
  source: text(),
  top1_percent: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,3})?$/)
    .describe('a percentage as it is printed there, such as "90.70"'),
  epoch_seconds: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,3})?$/)
    .optional()
    .describe('seconds as they are printed there, such as "6.40"'),
  note: text().optional(),
});
const missingSchema = z.strictObject({ ...network, ...weights, reason: text() });
const figureSchema = z.strictObject({ ...network, file: text(), text: text() });

/**
 * Checks a `reference.json` (docs/results.md has its keys).
 * @throws InputError naming `source`, the key, what was expected and what was found
 */
export function parseReference(json: unknown, source: string): Reference {
  const file = checkObject(fileSchema, json, source);
  const sources = file.sources.map((item, index) => {
    const { url = null, ...rest } = checkObject(sourceSchema, item, source, `sources[${index}].`);
    return { ...rest, url };
  });
  return {
    notes: file.notes,
    sources,
    tables: file.tables.map((item, index) => parseTable(item, sources, source, `tables[${index}].`)),
    missing: file.missing.map((item, index) => {
      const place = `missing[${index}].`;
      const { arch, dataset, reason, ...rest } = checkObject(missingSchema, item, source, place);
      return { arch, dataset, reason, ...parseWeights(rest, source, place) };
    }),
    figures: file.figures.map((item, index) => checkObject(figureSchema, item, source, `figures[${index}].`)),
  };
}

/** Reads and checks the `reference.json` at `path`. Throws InputError as `parseReference` does. */
export function loadReference(path: string): Reference {
  return parseReference(readJsonFile(path), path);
}

function parseTable(json: unknown, sources: readonly Source[], source: string, place: string): ReferenceTable {
  const { title, arch, dataset, recipe, columns, reported } = checkObject(tableSchema, json, source, place);
  return {
    ...{ title, arch, dataset, recipe },
    columns: columns.map((item, index) => {
      const at = `${place}columns[${index}].`;
      return parseWeights(checkObject(columnSchema, item, source, at), source, at);
    }),
    reported: reported.map((item, index) => {
      const at = `${place}reported[${index}].`;
      const figure = checkObject(reportedSchema, item, source, at);
      const by = sources.find(({ name }) => name === figure.source);
      if (by === undefined) throw keyError(source, `${at}source`, "the name of one of sources", figure.source);
      return {
        ...parseWeights(figure, source, at),
        source: by,
        top1Percent: figure.top1_percent,
        epochSeconds: figure.epoch_seconds ?? null,
        note: figure.note ?? null,
      };
    }),
  };
}

function parseWeights(
  { weights: name, activation_bits }: { weights: string; activation_bits?: number | undefined },
  source: string,
  place: string,
): Weights {
  if (name === "float") return { values: null, activationBits: activation_bits ?? null };
  try {
    return { values: loadValueSet(name, () => undefined), activationBits: activation_bits ?? null };
  } catch {
    throw keyError(source, `${place}weights`, columnSchema.shape.weights.description ?? "", name);
  }
}
