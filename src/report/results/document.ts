import { existsSync } from "node:fs";
import { join } from "node:path";
import { MachineList } from "./machine-list.js";
import { type Reference, referenceNetwork } from "./reference.js";
import { type ResultTable, resultTables } from "./result-table.js";
import { groupRuns, type OwnRun, type RunGroup } from "./run-group.js";
import { runListText } from "./run-list.js";
import { tableText } from "./table-text.js";

export interface DocumentPlaces {
  /** The folder to which the document's links are relative. */
  readonly folder: string;
  /** A run's folder from there. */
  readonly placeOf: (run: OwnRun) => string;
  /** The command that makes the document. */
  readonly command: string;
}

/** The explanations that apply to every table. */
const LEGEND = `Top-1 accuracy on validation images, the mean over seeds ± the standard deviation: after the last epoch and, apart from it, of
the best one, which is chosen by these very images. "Below float" is what is lost against float weights trained by the same
recipe. Seconds are the median epoch's, training only. A model is \`packed.safetensors\`, in float \`model.safetensors\`. A dash is
what is not known, was not run or does not apply.`;

/**
 * The document of results in Markdown: the same text from the same files.
 * @throws InputError for a run whose configuration has no training settings
 */
export function resultsDocument(runs: readonly OwnRun[], reference: Reference, places: DocumentPlaces): string {
  const groups = groupRuns(runs);
  const tables = resultTables(groups, reference);
  const links = new Map(groups.map((group, index) => [group, `R${index + 1}`]));
  const machines = new MachineList();
  const sections = [
    `# Results`,
    LEGEND,
    `Made from the runs' own files by \`${places.command}\`.\n[docs/results.md](docs/results.md) tells how a figure gets here and how to check it.`,
    ...(reference.notes.length === 0
      ? []
      : ["## To know before comparing", reference.notes.map((note) => `- ${note}`).join("\n")]),
    ...networks(tables).flatMap((network) =>
      networkText(network, reference, places, (group) => links.get(group) ?? ""),
    ),
    "## Runs",
    "`DATA` is the folder of the data set.",
    ...groups.map((group) =>
      runListText(group, titleOf(group, reference), {
        machineOf: (run) => machines.nameOf(run),
        placeOf: places.placeOf,
      }),
    ),
    "## Machines",
    machines.text(),
    ...sourcesText(reference),
    anchors(groups)
      .map((anchor, index) => `[R${index + 1}]: #${anchor}`)
      .join("\n"),
  ];
  return `${sections.join("\n\n").trimEnd()}\n`;
}

/** Tables by network and data set, in the order of the first of each. */
function networks(tables: readonly ResultTable[]): ResultTable[][] {
  const byNetwork = new Map<string, ResultTable[]>();
  for (const table of tables) {
    const key = `${table.arch}\0${table.dataset}`;
    byNetwork.set(key, [...(byNetwork.get(key) ?? []), table]);
  }
  return [...byNetwork.values()];
}

function networkText(
  tables: readonly ResultTable[],
  reference: Reference,
  { folder }: DocumentPlaces,
  linkOf: (group: RunGroup) => string,
): string[] {
  const [first] = tables;
  if (first === undefined) return [];
  const figures = referenceNetwork(reference, first)?.figures ?? [];
  return [
    `## ${titleOf(first, reference)}`,
    ...tables.flatMap((table) => [`Recipe \`${table.recipe}\`:`, tableText(table, linkOf)]),
    ...figures.filter(({ file }) => existsSync(join(folder, file))).map(({ file, text }) => `![${text}](${file})`),
  ];
}

function titleOf(network: { readonly arch: string; readonly dataset: string }, reference: Reference): string {
  return referenceNetwork(reference, network)?.title ?? `${network.arch} on ${network.dataset}`;
}

function sourcesText({ sources }: Reference): string[] {
  if (sources.length === 0) return [];
  return [
    "## Sources",
    sources.map(({ label, text }) => `- ${label}: ${text}`).join("\n"),
    sources.map(({ name, url }) => `[${name}]: ${url ?? "#sources"}`).join("\n"),
  ];
}

/** GitHub's anchors of the groups' headings: without dots, numbered if repeated. */
function anchors(groups: readonly RunGroup[]): string[] {
  const names = groups.map(({ name }) => name.toLowerCase().replace(/[^\w-]/g, ""));
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name}-${before}`;
  });
}
