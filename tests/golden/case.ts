import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../src/text/errors.js";

/** What `expected.json` of a golden trace says: one training step a row, then an evaluation. */
const expectedSchema = z.object({
  arch: z.string(),
  num_classes: z.int().min(1),
  values: z.array(z.number()).nullable(),
  strategy: z.enum(["hard", "soft"]),
  temperature: z.number().positive(),
  gumbel_scale: z.literal(0, "a trace with noise cannot be replayed: its generator is not ours"),
  quantize_first_layer: z.boolean(),
  quantize_last_layer: z.boolean(),
  optimizer: z.object({
    name: z.literal("SGD"),
    lr: z.number(),
    momentum: z.number(),
    weight_decay: z.number(),
  }),
  steps: z
    .array(
      z.object({ loss: z.number(), correct1: z.number(), correct5: z.number(), gradient_norm: z.number().optional() }),
    )
    .min(1),
  after: z.object({ eval_loss_on_batch_0: z.number() }).optional(),
});

export type ExpectedTrace = z.infer<typeof expectedSchema>;

/** Reads `expected.json` of a trace folder. */
export function readExpected(folder: string): ExpectedTrace {
  const path = join(folder, "expected.json");
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new InputError(`${path}: expected a JSON file, found ${error instanceof Error ? error.message : error}`);
  }
  const parsed = expectedSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(`${path}: key "${issue?.path.join(".")}": ${issue?.message}`);
}
