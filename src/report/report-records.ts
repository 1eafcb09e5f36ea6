import { jsonText } from "../text/json.js";
import { csvTable } from "../text/table.js";
import type { ReportRow } from "./report-rows.js";
import { valSplitOf } from "./run-description.js";

/** A row for programs: fractions, seconds and bytes with all digits; `null` if unknown, missing or of several runs. */
type ReportRecord = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>;

function toRecord(row: ReportRow): ReportRecord {
  const search = row.config?.search ?? null;
  return {
    arch: row.arch,
    dataset: row.dataset,
    weights: row.config === null ? null : search === null ? "float" : "searched",
    bits: row.bits,
    values: search?.values ?? null,
    firstLayer: search?.firstLayer ?? null,
    lastLayer: search?.lastLayer ?? null,
    activationBits: row.config?.activationBits ?? null,
    soft: search === null ? null : (row.config?.soft ?? null),
    valSplit: row.config === null ? null : valSplitOf(row.config),
    epochs: row.epochs,
    plannedEpochs: row.plannedEpochs,
    top1: row.top1?.mean ?? null,
    top1Std: row.top1?.std ?? null,
    top5: row.top5?.mean ?? null,
    top5Std: row.top5?.std ?? null,
    bestTop1: row.bestTop1?.mean ?? null,
    bestTop1Std: row.bestTop1?.std ?? null,
    bestEpoch: row.bestEpoch,
    trainSeconds: row.trainSeconds?.mean ?? null,
    trainSecondsStd: row.trainSeconds?.std ?? null,
    modelBytes: row.modelBytes?.mean ?? null,
    seeds: row.seeds,
    runs: row.runs,
  };
}

/** A list of objects; non-finite numbers are strings, as in `metrics.jsonl`. */
export function jsonRecords(rows: readonly ReportRow[]): string {
  return jsonText(rows.map(toRecord), 2);
}

/** The same as CSV: `null` is empty, lists use semicolons. */
export function csvRecords(rows: readonly ReportRow[]): string {
  const records = rows.map(toRecord);
  const cell = (value: ReportRecord[string]) => (Array.isArray(value) ? value.join(";") : String(value ?? ""));
  return csvTable(
    Object.keys(records[0] ?? {}),
    records.map((record) => Object.values(record).map((value) => cell(value ?? null))),
  );
}
