import { adamw } from "./adamw.js";
import type { OptimizerDefinition } from "./definition.js";
import { sgd } from "./sgd.js";

/** The optimizers that are built in. */
const OPTIMIZERS: readonly OptimizerDefinition[] = [sgd, adamw];

/** Their names, as `optim.name` takes them. */
export const optimizerNames: readonly string[] = OPTIMIZERS.map(({ name }) => name);

/** The optimizer of a name; `undefined` where none is built in. */
export function optimizerNamed(name: string): OptimizerDefinition | undefined {
  return OPTIMIZERS.find((each) => each.name === name);
}
