import { basename } from "node:path";
import { bestEpoch, median } from "../../run/best-epoch.js";
import { bytesText, measuredText, percentText, UNKNOWN } from "../../text/format.js";
import { markdownTable } from "../../text/table.js";
import { type Measured, measured } from "../report-rows.js";
import {
  type Missing,
  type Reference,
  type ReferenceTable,
  type Reported,
  referenceNetwork,
  weightsLabel,
} from "./reference.js";
import type { OwnRun, RunGroup } from "./run-group.js";

/** A table has so many columns; further ones follow in another. */
const MAX_COLUMNS = 6;

/** Runs of one network and data set by one recipe, with what others reported. */
export interface ResultTable {
  readonly arch: string;
  readonly dataset: string;
  readonly recipe: string;
  readonly columns: readonly Column[];
}

interface Column {
  readonly label: string;
  /** `null` where nothing was run. */
  readonly group: RunGroup | null;
  /** The float runs that are trained alike. */
  readonly float: RunGroup | null;
  /** Those that it started from. */
  readonly start: RunGroup | null;
  readonly reported: readonly Reported[];
  readonly missing: Missing | null;
}

/** The reference's tables in their order, then those of other recipes and networks. */
export function resultTables(groups: readonly RunGroup[], reference: Reference): ResultTable[] {
  const expected = reference.networks.flatMap(({ arch, dataset, tables }) =>
    tables.map((table) => ({ arch, dataset, ...table })),
  );
  const others = groups.map(({ arch, dataset, recipe }) => ({ arch, dataset, recipe, columns: [] }));
  const wanted = [...expected, ...others];
  return wanted
    .filter((table, index) => wanted.findIndex((other) => isOf(table, other)) === index)
    .map((table) => ({ ...table, columns: columnsOf(table, groups, reference) }));
}

type Place = Pick<ResultTable, "arch" | "dataset" | "recipe">;

function isOf(table: Place, other: Place): boolean {
  return table.arch === other.arch && table.dataset === other.dataset && table.recipe === other.recipe;
}

function columnsOf(table: Place & ReferenceTable, groups: readonly RunGroup[], reference: Reference): Column[] {
  const network = referenceNetwork(reference, table);
  const own = groups.filter((group) => isOf(table, group));
  const alike = (group: RunGroup) =>
    groups.find(
      (other) =>
        other.isFloat &&
        other.floatKey === group.floatKey &&
        other.startedFrom === group.startedFrom &&
        epochsOf(other) === epochsOf(group) &&
        epochsOf(group) > 0,
    ) ?? null;
  const column = (label: string, group: RunGroup | null): Column => ({
    label,
    group,
    float: group && alike(group),
    start: group && (groups.find((other) => isPublishedIn(other, group.startedFrom)) ?? null),
    reported: network?.reported.filter((figure) => weightsLabel(figure) === label) ?? [],
    missing: network?.missing.find((each) => weightsLabel(each) === label) ?? null,
  });
  // A float run looks at no temperature: one of another recipe that is the same in everything else is this recipe's too.
  const borrowed = own.some(({ isFloat }) => isFloat) ? null : (own.map(alike).find((group) => group !== null) ?? null);
  const candidates = borrowed === null ? own : [borrowed, ...own];
  const labels = table.columns.map(weightsLabel);
  const taken = labels.map((label) => candidates.find((group) => group.label === label) ?? null);
  const further = candidates.filter((group) => !taken.includes(group));
  return [
    ...labels.map((label, index) => column(label, taken[index] ?? null)),
    ...further.map((group) => column(group.label, group)),
  ];
}

/** Whether a float run of this name is one of a group's. */
function isPublishedIn({ isFloat, counted, uncounted }: RunGroup, name: string | null): boolean {
  const runs = [...counted, ...uncounted.map(({ run }) => run)];
  return isFloat && runs.some(({ path }) => basename(path) === name);
}

function epochsOf({ counted }: RunGroup): number {
  return counted[0]?.epochs.length ?? 0;
}

/** The table as Markdown, notes below it. `linkOf` says what the reference of a link to a group's runs is called. */
export function tableText(table: ResultTable, linkOf: (group: RunGroup) => string): string {
  const parts: string[] = [];
  for (let start = 0; start < table.columns.length; start += MAX_COLUMNS) {
    parts.push(partText(table.columns.slice(start, start + MAX_COLUMNS), linkOf));
  }
  return parts.join("\n\n");
}

function partText(columns: readonly Column[], linkOf: (group: RunGroup) => string): string {
  const notes: string[] = [];
  const noted = (text: string, note: string | null) => {
    if (note === null) return text;
    if (!notes.includes(note)) notes.push(note);
    return `${text} (${letter(notes.indexOf(note))})`;
  };
  const ofRuns = (toText: (group: RunGroup) => string) =>
    columns.map(({ group }) => (group === null ? UNKNOWN : toText(group)));
  const row = (title: string, cells: readonly string[]) => [title, ...cells];
  const rows = [
    row(
      "top-1 after the last epoch, %",
      columns.map(({ group, missing }) => {
        if (group !== null && epochsOf(group) > 0) return measuredText(of(group, lastTop1), percentText);
        return group === null ? noted("not run", missing?.reason ?? null) : "first epoch not over";
      }),
    ),
    row(
      "top-1 of the best epoch, %",
      ofRuns((group) =>
        measuredText(
          of(group, (run) => bestEpoch(run.epochs)?.val.top1),
          percentText,
        ),
      ),
    ),
    row(
      "below float, points",
      columns.map(({ group, float }) =>
        group === null || float === null || group.isFloat ? UNKNOWN : drop(group, float),
      ),
    ),
    ...(columns.some(({ start }) => start !== null)
      ? [
          row(
            "below the float model it started from, points",
            columns.map(({ group, start }) => (group === null || start === null ? UNKNOWN : drop(group, start))),
          ),
        ]
      : []),
    row(
      "seeds",
      ofRuns(({ counted }) => seedsText(counted)),
    ),
    row("epochs", ofRuns(epochsText)),
    row(
      "seconds an epoch",
      ofRuns((group) => measuredText(of(group, medianSeconds), (seconds) => seconds.toFixed(1))),
    ),
    row(
      "model",
      ofRuns((group) => {
        const bytes = of(group, ({ modelBytes }) => modelBytes ?? undefined);
        return bytes === null ? UNKNOWN : bytesText(bytes.mean);
      }),
    ),
    row(
      "runs",
      ofRuns((group) => {
        const count = group.counted.length + group.uncounted.length;
        return `[${count} ${count === 1 ? "run" : "runs"}][${linkOf(group)}]`;
      }),
    ),
    ...reportedRows(columns, noted),
  ];
  const titles = ["", ...columns.map(({ label }) => label)];
  const table = markdownTable({ columns: titles.map((title) => ({ title, align: "left" as const })), rows });
  return notes.length === 0
    ? table
    : `${table}\n\n${notes.map((note, index) => `(${letter(index)}) ${note}`).join("  \n")}`;
}

function reportedRows(columns: readonly Column[], noted: (text: string, note: string | null) => string): string[][] {
  const figures = columns.flatMap(({ reported }) => reported);
  const sources = figures
    .map(({ source }) => source)
    .filter((source, index, all) => all.findIndex(({ name }) => name === source.name) === index);
  return sources.flatMap((source) => {
    const cells = (toText: (figure: Reported) => string) =>
      columns.map(({ reported }) => {
        const figure = reported.find((each) => each.source.name === source.name);
        return figure === undefined ? UNKNOWN : toText(figure);
      });
    const link = `[${source.label}][${source.name}]`;
    const isTimed = figures.some((figure) => figure.source.name === source.name && figure.epochSeconds !== null);
    return [
      [`${link}: top-1, %`, ...cells(({ top1Percent, note }) => noted(top1Percent, note))],
      ...(isTimed ? [[`${link}: seconds an epoch`, ...cells(({ epochSeconds }) => epochSeconds ?? UNKNOWN)]] : []),
    ];
  });
}

function of({ counted }: RunGroup, toValue: (run: OwnRun) => number | undefined): Measured | null {
  return measured(counted.map(toValue));
}

function lastTop1({ epochs }: OwnRun): number | undefined {
  return epochs.at(-1)?.val.top1;
}

export function medianSeconds({ epochs }: OwnRun): number | undefined {
  return median(epochs.map(({ trainSeconds }) => trainSeconds));
}

/** Of the means, with a true minus where the searched weights are better. */
function drop(group: RunGroup, float: RunGroup): string {
  const [top1, floatTop1] = [of(group, lastTop1), of(float, lastTop1)];
  if (top1 === null || floatTop1 === null) return UNKNOWN;
  const text = percentText(floatTop1.mean - top1.mean);
  return text === "-0.00" ? "0.00" : text.replace("-", "−");
}

function seedsText(runs: readonly OwnRun[]): string {
  return `${runs.length} (${runs.map(({ config }) => config.seed).join(", ")})`;
}

/** "200", or "3 of 200" where the runs are not over. */
function epochsText({ counted }: RunGroup): string {
  const [done, planned] = [counted[0]?.epochs.length ?? 0, counted[0]?.config.epochs ?? 0];
  return done === planned ? String(done) : `${done} of ${planned}`;
}

function letter(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : `a${index}`;
}
