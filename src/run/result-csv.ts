import { appendLine, readLines } from "../formats/line-file.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { found } from "../text/describe.js";
import { InputError } from "../text/errors.js";

/** The columns of `result.csv`, in the original program's order and with its names. */
export const RESULT_COLUMNS = [
  "train_loss",
  "train_acc1",
  "train_acc5",
  "val_loss",
  "val_acc1",
  "val_acc5",
  "train_time",
] as const;

/** The name of a column of `result.csv`. */
export type Column = (typeof RESULT_COLUMNS)[number];

/**
 * One epoch of `result.csv`: mean losses, top-1 and top-5 accuracies as fractions in [0, 1], and the seconds that
 * training took. A number may be NaN or infinite: a diverged run is a result too.
 */
export type ResultRow = Readonly<Record<Column, number>>;

const HEADER = RESULT_COLUMNS.join(",");
/** Two adjacent runs of digits would backtrack on a long text. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
]);

/**
 * Appends one epoch to `result.csv`, creating the file with its header if needed. Numbers are printed so that reading
 * them gives the same double. Throws InputError if the file cannot be written.
 */
export function appendResult(path: string, row: ResultRow): void {
  appendLine(path, rowText(row), HEADER);
}

/** Atomically replaces the file by these epochs. Throws InputError if it cannot be written. */
export function writeResults(path: string, rows: readonly ResultRow[]): void {
  const lines = [HEADER, ...rows.map(rowText)].map((line) => `${line}\n`);
  writeFileAtomic(path, [Buffer.from(lines.join(""))]);
}

function rowText(row: ResultRow): string {
  return RESULT_COLUMNS.map((column) => String(row[column])).join(",");
}

/**
 * Reads `result.csv`, of this or the original program; row i is epoch i + 1. A last line without its newline was cut
 * off by a crash and is ignored.
 *
 * @throws InputError naming the file, line and column if it is not such a file
 */
export function readResults(path: string): ResultRow[] {
  const [header, ...lines] = readLines(path);
  if (header !== HEADER) throw new InputError(`${path}: line 1: expected ${HEADER}, found ${found(header ?? "")}`);
  return lines.map((line, index) => parseRow(line, `${path}: line ${index + 2}`));
}

function parseRow(line: string, where: string): ResultRow {
  const fields = line.split(",");
  if (fields.length !== RESULT_COLUMNS.length) {
    throw new InputError(`${where}: expected ${RESULT_COLUMNS.length} numbers, found ${fields.length} fields`);
  }
  const number = (column: Column) => parseNumber(fields[RESULT_COLUMNS.indexOf(column)] ?? "", column, where);
  return {
    train_loss: number("train_loss"),
    train_acc1: number("train_acc1"),
    train_acc5: number("train_acc5"),
    val_loss: number("val_loss"),
    val_acc1: number("val_acc1"),
    val_acc5: number("val_acc5"),
    train_time: number("train_time"),
  };
}

/** A loss may be any number, an accuracy is a fraction, and seconds are not negative. */
function parseNumber(field: string, column: Column, where: string): number {
  const text = field.trim();
  const value = NUMBER.test(text) ? Number(text) : NOT_FINITE.get(text.toLowerCase());
  if (value === undefined) throw new InputError(`${where}: ${column}: expected a number, found ${found(field)}`);
  if (column.includes("_acc") && (value < 0 || value > 1)) {
    throw new InputError(`${where}: ${column}: expected a fraction in [0, 1], found ${found(field)}`);
  }
  if (column === "train_time" && value < 0) {
    throw new InputError(`${where}: ${column}: expected seconds, at least 0, found ${found(field)}`);
  }
  return value;
}
