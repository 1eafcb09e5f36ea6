import { z } from "zod";

/** One pass over image files: read, decode, transform, stack into batches. */
export const inputPassSchema = z.object({
  files: z.array(z.string()),
  /** Which transforms of ImageNet's recipe. */
  part: z.enum(["train", "val"]),
  batch: z.int(),
  seed: z.int(),
});
export type InputPass = z.infer<typeof inputPassSchema>;

export const inputTimingSchema = z.object({ seconds: z.number() });
