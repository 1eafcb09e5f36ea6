import { bestEpoch, median } from "../../run/best-epoch.js";
import { bytesText, measuredText, percentText, UNKNOWN } from "../../text/format.js";
import { markdownTable } from "../../text/table.js";
import { type Measured, measured } from "../report-rows.js";
import type { Reported } from "./reference.js";
import { type Column, epochsOf, type ResultTable } from "./result-table.js";
import type { OwnRun, RunGroup } from "./run-group.js";

/** Maximum number of columns of one table; further ones follow in another. */
const MAX_COLUMNS = 6;

/** The table as Markdown, with notes below it. `linkOf` gives the link reference of a group's runs. */
export function tableText(table: ResultTable, linkOf: (group: RunGroup) => string): string {
  const parts: string[] = [];
  for (let start = 0; start < table.columns.length; start += MAX_COLUMNS) {
    parts.push(partText(table.columns.slice(start, start + MAX_COLUMNS), linkOf));
  }
  return parts.join("\n\n");
}

function partText(columns: readonly Column[], linkOf: (group: RunGroup) => string): string {
  const notes = new Notes();
  const rows = [...accuracyRows(columns, notes), ...runRows(columns, linkOf), ...reportedRows(columns, notes)];
  const titles = ["", ...columns.map(({ label }) => label)];
  const table = markdownTable({ columns: titles.map((title) => ({ title, align: "left" as const })), rows });
  return [table, ...notes.paragraphs()].join("\n\n");
}

/** Remarks on cells, lettered in the order in which they come up. */
class Notes {
  readonly #notes: string[] = [];

  /** The cell with the letter of its note, if it has one. */
  noted(text: string, note: string | null): string {
    if (note === null) return text;
    if (!this.#notes.includes(note)) this.#notes.push(note);
    return `${text} (${letter(this.#notes.indexOf(note))})`;
  }

  /** The notes below the table, one line each. */
  paragraphs(): string[] {
    const lines = this.#notes.map((note, index) => `(${letter(index)}) ${note}`);
    return lines.length === 0 ? [] : [lines.join("  \n")];
  }
}

function accuracyRows(columns: readonly Column[], notes: Notes): string[][] {
  const last = columns.map(({ group, missing }) => {
    if (group !== null && epochsOf(group) > 0) return measuredText(of(group, lastTop1), percentText);
    return group === null ? notes.noted("not run", missing?.reason ?? null) : "first epoch not over";
  });
  const best = ofRuns(columns, (group) => measuredText(of(group, bestTop1), percentText));
  const belowFloat = columns.map(({ group, float }) =>
    group === null || float === null || group.isFloat ? UNKNOWN : drop(group, float),
  );
  const belowStart = columns.map(({ group, start }) =>
    group === null || start === null ? UNKNOWN : drop(group, start),
  );
  return [
    ["top-1 after the last epoch, %", ...last],
    ["top-1 of the best epoch, %", ...best],
    ["below float, points", ...belowFloat],
    ...(columns.some(({ start }) => start !== null)
      ? [["below the float model it started from, points", ...belowStart]]
      : []),
  ];
}

function runRows(columns: readonly Column[], linkOf: (group: RunGroup) => string): string[][] {
  const row = (title: string, toText: (group: RunGroup) => string) => [title, ...ofRuns(columns, toText)];
  return [
    row("seeds", ({ counted }) => seedsText(counted)),
    row("epochs", epochsText),
    row("seconds an epoch", (group) => measuredText(of(group, medianSeconds), (seconds) => seconds.toFixed(1))),
    row("model", (group) => {
      const bytes = of(group, ({ modelBytes }) => modelBytes ?? undefined);
      return bytes === null ? UNKNOWN : bytesText(bytes.mean);
    }),
    row("runs", (group) => {
      const count = group.counted.length + group.uncounted.length;
      return `[${count} ${count === 1 ? "run" : "runs"}][${linkOf(group)}]`;
    }),
  ];
}

/** A cell for each column; a dash where nothing was run. */
function ofRuns(columns: readonly Column[], toText: (group: RunGroup) => string): string[] {
  return columns.map(({ group }) => (group === null ? UNKNOWN : toText(group)));
}

function reportedRows(columns: readonly Column[], notes: Notes): string[][] {
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
      [`${link}: top-1, %`, ...cells(({ top1Percent, note }) => notes.noted(top1Percent, note))],
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

function bestTop1({ epochs }: OwnRun): number | undefined {
  return bestEpoch(epochs)?.val.top1;
}

export function medianSeconds({ epochs }: OwnRun): number | undefined {
  return median(epochs.map(({ trainSeconds }) => trainSeconds));
}

/** Difference of the means, with a minus sign if the searched weights are better. */
function drop(group: RunGroup, float: RunGroup): string {
  const [top1, floatTop1] = [of(group, lastTop1), of(float, lastTop1)];
  if (top1 === null || floatTop1 === null) return UNKNOWN;
  const text = percentText(floatTop1.mean - top1.mean);
  return text === "-0.00" ? "0.00" : text.replace("-", "−");
}

function seedsText(runs: readonly OwnRun[]): string {
  return `${runs.length} (${runs.map(({ config }) => config.seed).join(", ")})`;
}

/** "200", or "3 of 200" for unfinished runs. */
function epochsText({ counted }: RunGroup): string {
  const [done, planned] = [counted[0]?.epochs.length ?? 0, counted[0]?.config.epochs ?? 0];
  return done === planned ? String(done) : `${done} of ${planned}`;
}

function letter(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : `a${index}`;
}
