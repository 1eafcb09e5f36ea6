import { weightBits } from "../report/run-description.js";
import type { RunRecord } from "../run/read-run.js";
import { SHAPES, type Shape } from "./marker.js";

/** How a run's lines look: a colour of the palette, and what distinguishes it from others of that colour. */
export interface RunStyle {
  readonly colour: number;
  readonly shape: Shape;
}

/** Colours of a palette (`Palette.runs`). */
export const NUM_COLOURS = 6;

/** The colour of 4 and more bits, and the one of quantized activations. */
const MANY_BITS = 4;
const ACTIVATIONS = 5;

/**
 * The styles of runs in one figure. The colour follows from the run, so that it is the same in every figure: black for
 * float weights, then one for 1, 2, 3, and 4 or more bits, and one for quantized activations. Runs of one colour have
 * different markers, in the order in which they started. There are four; further runs, and those of which only results
 * are known, get colours that the figure uses least.
 */
export function runStyles(runs: readonly RunRecord[]): RunStyle[] {
  const ordered = runs
    .map((run, index) => ({ run, index, preferred: preferredColour(run) }))
    .sort((a, b) => Number(a.preferred === undefined) - Number(b.preferred === undefined) || byStart(a.run, b.run));
  const styles = new Map<number, RunStyle>();
  const used = Array<number>(NUM_COLOURS).fill(0);
  const give = (index: number, colour: number) => {
    styles.set(index, { colour, shape: SHAPES[used[colour] ?? 0] ?? "circle" });
    used[colour] = (used[colour] ?? 0) + 1;
  };
  const isRoom = (colour: number) => (used[colour] ?? 0) < SHAPES.length;
  for (const { index, preferred } of ordered) if (preferred !== undefined && isRoom(preferred)) give(index, preferred);
  for (const { index } of ordered) if (!styles.has(index)) give(index, used.indexOf(Math.min(...used)));
  return runs.map((_, index) => styles.get(index) ?? { colour: 0, shape: "circle" });
}

/** Undefined for a run of the original program, whose settings are not known. */
function preferredColour({ config }: RunRecord): number | undefined {
  if (config === null) return undefined;
  if (config.activationBits !== null) return ACTIVATIONS;
  return Math.min(weightBits(config.search) ?? 0, MANY_BITS);
}

function byStart(a: RunRecord, b: RunRecord): number {
  const [left, right] = [a, b].map(({ config, path }) => [config?.startedAt ?? "", path].join(" ")) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}
