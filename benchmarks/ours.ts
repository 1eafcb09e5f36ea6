// Worker: training steps of this program. See worker-protocol.ts for the commands.
import { z } from "zod";
import { threads, versions } from "../src/tensor/runtime.js";
import { trainingStep } from "./training-step.js";
import { serve, settingsSchema } from "./worker-protocol.js";

const stepsSchema = z.object({ steps: z.int().min(1) });

let step: (() => number) | undefined;

await serve((command) => {
  const settings = settingsSchema.safeParse(command);
  if (settings.success) {
    step = trainingStep(settings.data);
    return { libtorch: versions().libtorch, threads: threads() };
  }
  const { steps } = stepsSchema.parse(command);
  if (step === undefined) throw new Error("no training was set up");
  let loss = Number.NaN;
  const seconds: number[] = [];
  for (let index = 0; index < steps; index++) {
    const start = performance.now();
    loss = step();
    seconds.push((performance.now() - start) / 1000);
  }
  return {
    seconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    loss: Number.isFinite(loss) ? loss : null,
  };
});
