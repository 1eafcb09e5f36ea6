import type { OperatorTime } from "../src/tensor/addon-types.js";
import type { MachineLimits } from "./machine-limits.js";
import { workOf } from "./operator-work.js";
import { formatTable } from "./table.js";

/** Rows below this share of the step are put together. */
const MIN_SHARE = 0.001;

/** All steps' calls of one operator, or of one operator with the same inputs. */
interface Row {
  readonly name: string;
  calls: number;
  seconds: number;
  /** `null` when of one call at least it is not known. */
  flops: number | null;
  bytes: number | null;
}

export interface ProfiledSteps {
  /** Of all steps, one after another. */
  readonly times: readonly OperatorTime[];
  readonly steps: number;
  /** What the steps took together, measured around them. */
  readonly seconds: number;
}

/** One line an operator (with `shapes`, and its inputs), the longest first, then what is left of the step. */
export function operatorTable(profiled: ProfiledSteps, limits: MachineLimits, shapes: boolean): string {
  const { steps, seconds } = profiled;
  const rows = gather(profiled.times, shapes).sort((left, right) => right.seconds - left.seconds);
  const isShown = (row: Row) => row.seconds >= MIN_SHARE * seconds;
  const small = rows.filter((row) => !isShown(row));
  const sum = (of: (row: Row) => number, among = rows) => among.reduce((total, row) => total + of(row), 0);
  const cells = (name: string, calls: string, own: number, rates: string[] = []) => [
    name,
    calls,
    ((own / steps) * 1000).toFixed(3),
    ((100 * own) / seconds).toFixed(1),
    ...rates,
  ];
  const perStep = (calls: number) => (calls / steps).toFixed(0);
  const rest = seconds - sum((row) => row.seconds);
  return formatTable([
    ["", "calls/step", "ms/step", "% of step", "GFLOP/s", "GB/s", "% of limit"],
    ...rows.filter(isShown).map((row) => cells(row.name, perStep(row.calls), row.seconds, rates(row, limits))),
    cells(
      `${small.length} others`,
      perStep(sum((row) => row.calls, small)),
      sum((row) => row.seconds, small),
    ),
    cells("outside operators: JavaScript, the bridge, freeing", "", rest),
    cells("the step", perStep(sum((row) => row.calls)), seconds),
  ]);
}

function gather(times: readonly OperatorTime[], shapes: boolean): Row[] {
  const rows = new Map<string, Row>();
  for (const time of times) {
    const name = shapes ? `${label(time)} ${inputsText(time)}`.trimEnd() : label(time);
    const row = rows.get(name) ?? { name, calls: 0, seconds: 0, flops: 0, bytes: 0 };
    const work = workOf(time);
    row.calls += time.calls;
    row.seconds += time.selfMicroseconds / 1e6;
    row.flops = row.flops === null || work === null || !("flops" in work) ? null : row.flops + time.calls * work.flops;
    row.bytes = row.bytes === null || work === null || !("bytes" in work) ? null : row.bytes + time.calls * work.bytes;
    rows.set(name, row);
  }
  return [...rows.values()];
}

function rates({ flops, bytes, seconds }: Row, limits: MachineLimits): string[] {
  const billions = (count: number | null, digits: number) => (count ? (count / seconds / 1e9).toFixed(digits) : "");
  const share = flops
    ? flops / seconds / limits.flopsPerSecond
    : bytes
      ? bytes / seconds / limits.copyBytesPerSecond
      : null;
  return [billions(flops, 1), billions(bytes, 2), share === null ? "" : (100 * share).toFixed(1)];
}

/** Nodes of the backward pass in brackets; the engine that runs them, which adds gradients up, as one. */
function label({ name, backward }: OperatorTime): string {
  if (name.startsWith("autograd::engine::")) return "autograd engine";
  const own = /CppNode<.*?(\w+)>/.exec(name)?.[1];
  return backward ? `(${own === undefined ? name : `${own} backward`})` : name;
}

/** The shapes of two dimensions and more, those that tell calls apart, and strides other than 1. */
function inputsText({ name, shapes, lists }: OperatorTime): string {
  if (name.startsWith("autograd::engine::")) return "";
  const stride = lists["stride"]?.find((pixels) => pixels !== 1);
  const text = Object.values(shapes)
    .filter((shape) => shape.length > 1)
    .map((shape) => shape.join("×"));
  return text.join(" ") + (stride === undefined ? "" : ` stride ${stride}`);
}
