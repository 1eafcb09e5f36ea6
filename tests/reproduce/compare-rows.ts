import { type Column, RESULT_COLUMNS, type ResultRow } from "../../src/run/result-csv.js";

/** The most that a number of a rerun may differ from the committed one. */
export const TOLERANCE = 1e-3;

/** Describes the columns in which two rows differ; times are not compared. */
export function rowDifferences(committed: ResultRow, rerun: ResultRow): string[] {
  return RESULT_COLUMNS.filter((column) => column !== "train_time")
    .filter((column) => !isNear(committed[column], rerun[column]))
    .map((column) => `${column} ${committed[column]}, rerun ${rerun[column]}`);
}

/** The largest difference of two rows, and its column. */
export function largestDifference(committed: ResultRow, rerun: ResultRow): { column: Column; difference: number } {
  const [largest] = RESULT_COLUMNS.filter((column) => column !== "train_time")
    .map((column) => ({ column, difference: Math.abs(committed[column] - rerun[column]) || 0 }))
    .sort((a, b) => b.difference - a.difference);
  if (largest === undefined) throw new RangeError("expected a row of at least one column");
  return largest;
}

/** NaN is near to NaN, and an infinity to itself. */
function isNear(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= TOLERANCE;
}
