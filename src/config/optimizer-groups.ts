import { z } from "zod";
import { checkObject, keyError } from "./schema-error.js";

/** What an optimizer does to a group of parameters. */
export interface OptimizerGroup {
  /** The group's learning rate as a multiple of the schedule's. */
  readonly lrScale: number;
  /** What the rate is counted in: as it is, or in a float layer's pace (docs/method.md, The optimizer). */
  readonly lrUnit: "plain" | "float";
  readonly weightDecay: number;
  /** SGD momentum, in [0, 1). */
  readonly momentum: number;
}

/** The groups that have settings of their own, by their key in `optim`. */
export interface OptimizerGroups {
  /** Of searched weights. */
  readonly logits: OptimizerGroup;
}

const schema = z.strictObject({ logits: z.unknown().describe("an object") });

const groupSchema = z.strictObject({
  lr_scale: z.number().positive().optional().describe("a number > 0"),
  lr_unit: z.enum(["plain", "float"]).optional().describe('"plain" or "float"'),
  weight_decay: z.number().min(0).optional().describe("a number ≥ 0"),
  momentum: z.number().min(0).lt(1).optional().describe("a number ≥ 0 and < 1"),
});

/**
 * Checks the `optim` object of a training JSON. What a group does not say is as for all parameters.
 * @throws InputError naming `source` and the key
 */
export function parseOptimizerGroups(json: unknown, all: OptimizerGroup, source: string): OptimizerGroups {
  if (json === undefined) return { logits: all };
  const { logits } = checkObject(schema, json, source, "optim.");
  if (logits === undefined) throw keyError(source, "optim.logits", "an object", undefined);
  const group = checkObject(groupSchema, logits, source, "optim.logits.");
  return {
    logits: {
      lrScale: group.lr_scale ?? all.lrScale,
      lrUnit: group.lr_unit ?? all.lrUnit,
      weightDecay: group.weight_decay ?? all.weightDecay,
      momentum: group.momentum ?? all.momentum,
    },
  };
}
