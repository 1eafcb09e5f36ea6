import { z } from "zod";
import { keyError } from "../../config/key-error.js";
import { checkObject } from "../../config/schema-error.js";
import { loadValueSet } from "../../config/value-set-file.js";
import { readJsonFile } from "../../formats/json-file.js";
import { weightsText } from "../run-description.js";

/** The weights of a figure: value set, `null` for float, and the activations' bits, `null` for float. */
export interface Weights {
  readonly values: readonly number[] | null;
  readonly activationBits: number | null;
}

/** The source of third-party figures. */
export interface Source {
  readonly name: string;
  /** As the tables call it. */
  readonly label: string;
  readonly text: string;
  readonly url: string | null;
}

/** A third-party figure. */
export interface Reported extends Weights {
  readonly source: Source;
  /** As it is printed there. */
  readonly top1Percent: string;
  readonly epochSeconds: string | null;
  readonly note: string | null;
}

/** A table of the document, shown whether its runs exist or not. */
export interface ReferenceTable {
  /** As `recipeText` formats it. */
  readonly recipe: string;
  readonly columns: readonly Weights[];
}

/** Why a figure is missing. */
export interface Missing extends Weights {
  readonly reason: string;
}

export interface Figure {
  /** A path from the document's folder. */
  readonly file: string;
  readonly text: string;
}

/** Reference information on a network and a data set. */
export interface ReferenceNetwork {
  readonly title: string;
  readonly arch: string;
  readonly dataset: string;
  readonly tables: readonly ReferenceTable[];
  /** In each of its tables. */
  readonly reported: readonly Reported[];
  readonly missing: readonly Missing[];
  readonly figures: readonly Figure[];
}

/** Content of the document of results that does not come from runs. */
export interface Reference {
  readonly notes: readonly string[];
  readonly sources: readonly Source[];
  readonly networks: readonly ReferenceNetwork[];
}

export const NO_REFERENCE: Reference = { notes: [], sources: [], networks: [] };

/** The column title of weights and activations. */
export function weightsLabel({ values, activationBits }: Weights): string {
  const text = weightsText(values === null ? null : { values, firstLayer: false, lastLayer: false });
  return activationBits === null
    ? text
    : `${text}, activations ${activationBits} ${activationBits === 1 ? "bit" : "bits"}`;
}

/** The reference information on this network; `null` if none. */
export function referenceNetwork(
  { networks }: Reference,
  { arch, dataset }: { readonly arch: string; readonly dataset: string },
): ReferenceNetwork | null {
  return networks.find((network) => network.arch === arch && network.dataset === dataset) ?? null;
}

const text = () => z.string().min(1).describe("a text");
const list = (what: string) => z.array(z.unknown()).max(1000).default([]).describe(`a list of ${what}`);
const weights = {
  weights: z.string().min(1).describe('"float", a name in json/quantization, or a list like "[-1,0,1]"'),
  activation_bits: z.int().min(1).max(32).optional().describe("an integer from 1 to 32"),
};

const fileSchema = z.strictObject({
  notes: z.array(z.string().min(1)).max(1000).default([]).describe("a list of texts"),
  sources: list("sources"),
  networks: list("networks"),
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
const networkSchema = z.strictObject({
  title: text(),
  arch: text(),
  dataset: text(),
  tables: list("tables"),
  reported: list("figures of others"),
  missing: list("missing figures"),
  figures: list("figures"),
});
const tableSchema = z.strictObject({ recipe: text(), columns: list("columns") });
const columnSchema = z.strictObject(weights);
const reportedSchema = z.strictObject({
  ...weights,
  source: text(),
  top1_percent: z
    .string()
    .regex(/^(100(\.0{1,3})?|\d{1,2}(\.\d{1,3})?)$/)
    .describe('a percentage as it is printed there, such as "90.70"'),
  epoch_seconds: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,3})?$/)
    .optional()
    .describe('seconds as they are printed there, such as "6.40"'),
  note: text().optional(),
});
const missingSchema = z.strictObject({ ...weights, reason: text() });
const figureSchema = z.strictObject({ file: text(), text: text() });

/**
 * Reads and checks a `reference.json` (docs/results.md has its keys).
 * @throws InputError naming the file, the key, what was expected and what was found
 */
export function loadReference(source: string): Reference {
  const file = checkObject(fileSchema, readJsonFile(source), source);
  const sources = file.sources.map((item, index) => {
    const { url = null, ...rest } = checkObject(sourceSchema, item, source, `sources[${index}].`);
    return { ...rest, url };
  });
  const networks = file.networks.map((item, index) => parseNetwork(item, sources, source, `networks[${index}].`));
  const onceEach = oncePerList(source, "");
  onceEach("sources", sources, ({ name }) => name);
  onceEach("networks", networks, ({ arch, dataset }) => `${arch} on ${dataset}`);
  return { notes: file.notes, sources, networks };
}

function parseNetwork(json: unknown, sources: readonly Source[], source: string, place: string): ReferenceNetwork {
  const { title, arch, dataset, ...lists } = checkObject(networkSchema, json, source, place);
  const each = <T>(key: keyof typeof lists, parse: (item: unknown, at: string) => T) =>
    lists[key].map((item, index) => parse(item, `${place}${key}[${index}].`));
  const network = {
    ...{ title, arch, dataset },
    tables: each("tables", (item, at) => parseTable(item, source, at)),
    reported: each("reported", (item, at) => parseReported(item, sources, source, at)),
    missing: each("missing", (item, at) => {
      const { reason, ...rest } = checkObject(missingSchema, item, source, at);
      return { reason, ...parseWeights(rest, source, at) };
    }),
    figures: each("figures", (item, at) => checkObject(figureSchema, item, source, at)),
  };
  const onceEach = oncePerList(source, place);
  onceEach("tables", network.tables, ({ recipe }) => recipe);
  network.tables.forEach(({ columns }, index) => {
    onceEach(`tables[${index}].columns`, columns, weightsLabel);
  });
  onceEach("reported", network.reported, (figure) => `${figure.source.name}: ${weightsLabel(figure)}`);
  onceEach("missing", network.missing, weightsLabel);
  onceEach("figures", network.figures, ({ file }) => file);
  return network;
}

/** Refuses duplicate entries, of which one would be lost. Throws InputError at the second one. */
function oncePerList(source: string, place: string) {
  return <Item>(key: string, items: readonly Item[], toKey: (item: Item) => string): void => {
    const keys = items.map(toKey);
    const twice = keys.findIndex((each, index) => keys.indexOf(each) < index);
    if (twice >= 0) throw keyError(source, `${place}${key}[${twice}]`, "each once", keys[twice]);
  };
}

function parseTable(json: unknown, source: string, place: string): ReferenceTable {
  const { recipe, columns } = checkObject(tableSchema, json, source, place);
  return {
    recipe,
    columns: columns.map((item, index) => {
      const at = `${place}columns[${index}].`;
      return parseWeights(checkObject(columnSchema, item, source, at), source, at);
    }),
  };
}

function parseReported(json: unknown, sources: readonly Source[], source: string, place: string): Reported {
  const figure = checkObject(reportedSchema, json, source, place);
  const by = sources.find(({ name }) => name === figure.source);
  if (by === undefined) throw keyError(source, `${place}source`, "the name of one of sources", figure.source);
  return {
    ...parseWeights(figure, source, place),
    source: by,
    top1Percent: figure.top1_percent,
    epochSeconds: figure.epoch_seconds ?? null,
    note: figure.note ?? null,
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
