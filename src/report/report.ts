import { basename, dirname } from "node:path";
import { RUN_FILES } from "../run/directory.js";
import type { RunRecord } from "../run/read-run.js";
import { valueSetText } from "../search/value-set-text.js";
import { bytesText, measuredText, percentText, UNKNOWN } from "../text/format.js";
import { markdownTable, type Table, textTable } from "../text/table.js";
import { csvRecords, jsonRecords } from "./report-records.js";
import { type ReportRow, reportRows } from "./report-rows.js";
import { resultsReport } from "./results/results-report.js";
import { heldOutText, outerLayersText } from "./run-description.js";

export type ReportFormat = "text" | "markdown" | "csv" | "json" | "results";

export interface ReportOptions {
  readonly format: ReportFormat;
  /** One row for runs that differ in their seed only. */
  readonly mean: boolean;
  /** The output file, to whose folder links are relative; `null` for none. */
  readonly output: string | null;
  /** The paths given for the runs, for the report's own command. */
  readonly paths: readonly string[];
}

const NOTE =
  "top-1, top-5: % of validation images after the last epoch; best: highest top-1; s/epoch: median training time;\n" +
  "size: packed.safetensors, of float runs model.safetensors";

/**
 * A table of runs: text and Markdown for people, in percent; CSV and JSON with fractions, bytes and full digits; or the
 * document of results. Throws InputError.
 */
export function reportText(runs: readonly RunRecord[], { format, mean, output, paths }: ReportOptions): string {
  if (format === "results") return resultsReport(runs, paths, output);
  return `${formatted(reportRows(runs, mean), format, mean)}\n`;
}

function formatted(rows: readonly ReportRow[], format: Exclude<ReportFormat, "results">, mean: boolean): string {
  switch (format) {
    case "text":
      return `${textTable(readable(rows, mean))}\n\n${note(rows, mean)}`;
    case "markdown":
      return `${markdownTable(readable(rows, mean))}\n\n${note(rows, mean)}`;
    case "json":
      return jsonRecords(rows);
    case "csv":
      return csvRecords(rows);
  }
}

function note(rows: readonly ReportRow[], mean: boolean): string {
  const isHeldOut = rows.some(({ config }) => config !== null && heldOutText(config) !== "");
  return (
    NOTE +
    (mean ? "; ±: standard deviation over seeds" : "") +
    (isHeldOut
      ? "\nheld out: accuracies on training images that the run did not train on (--val-split), no test accuracies"
      : "")
  );
}

type Column = Table["columns"][number] & { readonly cell: (row: ReportRow) => string };

function readable(rows: readonly ReportRow[], mean: boolean): Table {
  const left = (title: string, cell: Column["cell"]): Column => ({ title, align: "left", cell });
  const right = (title: string, cell: Column["cell"]): Column => ({ title, align: "right", cell });
  const best = ({ bestTop1, bestEpoch }: ReportRow) =>
    bestEpoch === null ? measuredText(bestTop1, percentText) : `${measuredText(bestTop1, percentText)} (${bestEpoch})`;
  const columns = [
    left("network", ({ arch }) => arch ?? UNKNOWN),
    left("data set", datasetText),
    left("bits", ({ config, bits }) => (config === null ? UNKNOWN : String(bits ?? "float"))),
    left("values", valuesText),
    ...(rows.some(({ config }) => config?.activationBits) ? [left("activations", activationsText)] : []),
    left("draw", ({ config }) => (config === null || config.search === null ? UNKNOWN : config.soft ? "soft" : "hard")),
    right("epochs", epochsText),
    right("top-1", ({ top1 }) => measuredText(top1, percentText)),
    right("top-5", ({ top5 }) => measuredText(top5, percentText)),
    right(mean ? "best" : "best (epoch)", best),
    right("s/epoch", ({ trainSeconds }) => measuredText(trainSeconds, (seconds) => seconds.toFixed(1))),
    right("size", ({ modelBytes }) => (modelBytes === null ? UNKNOWN : bytesText(modelBytes.mean))),
    ...(mean ? [right("n", ({ runs }) => String(runs.length))] : []),
    mean ? left("seeds", seedsText) : right("seed", seedsText),
    ...(mean && rows.every(({ config }) => config !== null) ? [] : [left("run", runText)]),
  ];
  return { columns, rows: rows.map((row) => columns.map(({ cell }) => cell(row))) };
}

function datasetText({ dataset, config }: ReportRow): string {
  const heldOut = config === null ? "" : heldOutText(config);
  return (dataset ?? UNKNOWN) + (heldOut && `, ${heldOut}`);
}

function valuesText({ config }: ReportRow): string {
  if (config === null || config.search === null) return UNKNOWN;
  const layers = outerLayersText(config.search);
  return valueSetText(config.search.values) + (layers && `, ${layers}`);
}

function activationsText({ config }: ReportRow): string {
  if (config === null) return UNKNOWN;
  return config.activationBits === null ? "float" : String(config.activationBits);
}

/** "200", or "3/200" for an unfinished run. */
function epochsText({ epochs, plannedEpochs }: ReportRow): string {
  return plannedEpochs === null || plannedEpochs === epochs ? String(epochs) : `${epochs}/${plannedEpochs}`;
}

function seedsText({ seeds }: ReportRow): string {
  return seeds.length === 0 ? UNKNOWN : seeds.join(", ");
}

/** The folder's name is enough: its parent is named after network and data set, which have columns. */
function runText({ runs, config }: ReportRow): string {
  const [run = ""] = runs;
  if (runs.length > 1) return "";
  if (config === null) return run;
  return basename(basename(run) === RUN_FILES.result ? dirname(run) : run);
}
