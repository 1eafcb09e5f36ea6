import { basename, dirname } from "node:path";
import { RUN_FILES } from "../run/directory.js";
import { findRuns } from "../run/find-runs.js";
import { type RunRecord, readRun, realRunPath } from "../run/read-run.js";
import { valueSetText } from "../search/value-set-text.js";
import { realPlace, writeOutput } from "../system/write-output.js";
import { InputError } from "../text/errors.js";
import { bytesText, measuredText, percentText, UNKNOWN } from "../text/format.js";
import { markdownTable, type Table, textTable } from "../text/table.js";
import { csvRecords, jsonRecords } from "./report-records.js";
import { type ReportRow, reportRows } from "./report-rows.js";
import { REFERENCE_FILE, resultsReport } from "./results/results-report.js";
import { heldOutText, outerLayersText } from "./run-description.js";

/** The flags of `weight-search report`, as commander hands them over. */
export interface ReportFlags {
  readonly format: "text" | "markdown" | "csv" | "json" | "results";
  readonly mean?: boolean;
  /** A file; standard output where there is none. */
  readonly output?: string;
}

const NOTE =
  "top-1, top-5: % of validation images after the last epoch; best: highest top-1; s/epoch: median training time;\n" +
  "size: packed.safetensors, of float runs model.safetensors";

/**
 * `weight-search report`: text and Markdown for people, in percent; CSV and JSON with fractions, bytes and full digits; the document of
 * results. Throws InputError.
 */
export function report(paths: readonly string[], { format, mean = false, output }: ReportFlags): void {
  if (format === "results" && mean)
    throw new InputError("option --mean: expected none with --format results, which has means");
  const runs = findRuns(paths).map((path) => readRun(path));
  if (output !== undefined) checkOutput(output, runs);
  const text =
    format === "results"
      ? resultsReport(runs, paths, output ?? null)
      : `${formatted(reportRows(runs, mean), format, mean)}\n`;
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  writeOutput(output, Buffer.from(text));
  process.stdout.write(`report: ${output}\n`);
}

/** What is read is not written over. */
function checkOutput(output: string, runs: readonly RunRecord[]): void {
  const path = realPlace(output);
  const run = runs.find((each) => dirname(path) === realRunPath(each.path));
  if (run === undefined && basename(path) !== REFERENCE_FILE) return;
  throw new InputError(
    `option -o/--output: expected a file that the report is not made from, received ${JSON.stringify(output)}`,
  );
}

function formatted(rows: readonly ReportRow[], format: "text" | "markdown" | "csv" | "json", mean: boolean): string {
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

/** "200", or "3/200" for a run that is not over. */
function epochsText({ epochs, plannedEpochs }: ReportRow): string {
  return plannedEpochs === null || plannedEpochs === epochs ? String(epochs) : `${epochs}/${plannedEpochs}`;
}

function seedsText({ seeds }: ReportRow): string {
  return seeds.length === 0 ? UNKNOWN : seeds.join(", ");
}

/** The folder is enough for ours: its parent is named after network and data set, which have their columns. */
function runText({ runs, config }: ReportRow): string {
  const [run = ""] = runs;
  if (runs.length > 1) return "";
  if (config === null) return run;
  return basename(basename(run) === RUN_FILES.result ? dirname(run) : run);
}
