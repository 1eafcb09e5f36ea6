import { Tensor } from "../tensor/tensor.js";
import { InputError } from "../text/errors.js";
import type { Optimizer } from "./optimizer.js";

/** What is made of the network itself: no slot of an optimizer may be taken for it in a checkpoint. */
const TAKEN = new Set(["weight", "bias", "alpha", "qvals", "scale", "base", "ema", "choices", "steps"]);

/**
 * Checks what an optimizer of the user's own is, before anything is trained by it.
 * @param parts how many parameters and searched weights it is made for
 * @throws InputError naming the optimizer and what is missing
 */
export function checkedOptimizer(
  made: unknown,
  name: string,
  parts: { parameters: number; logits: number },
): Optimizer {
  const wrong = (what: string) => new InputError(`optimizer ${name}: expected ${what}`);
  const { slots, steps, clearGradients, step } = (made ?? {}) as Partial<Optimizer>;
  if (typeof clearGradients !== "function" || typeof step !== "function") {
    throw wrong("create(parts) to return an object with step(learningRate) and clearGradients()");
  }
  if (!Array.isArray(slots)) throw wrong("slots, a list of its state: [] for none");
  for (const slot of slots as Optimizer["slots"]) {
    if (!/^[a-z][a-z0-9_]*$/.test(slot?.name ?? "") || TAKEN.has(slot.name) || slot.name.startsWith("running_")) {
      throw wrong(`slots with names such as "momentum", found ${JSON.stringify(slot?.name)}`);
    }
    for (const of of ["parameters", "logits"] as const) {
      const tensors: unknown = slot[of];
      if (Array.isArray(tensors) && tensors.length === parts[of] && tensors.every((each) => each instanceof Tensor))
        continue;
      throw wrong(`${parts[of]} tensors as ${of} of slot ${slot.name}, one for each in their order`);
    }
  }
  const names = slots.map((slot) => slot.name);
  const twice = names.find((each, index) => names.indexOf(each) !== index);
  if (twice !== undefined) throw wrong(`slots with names of their own, found ${twice} twice`);
  if (steps !== null && !(steps instanceof Tensor)) throw wrong("steps, a tensor or null");
  return made as Optimizer;
}
