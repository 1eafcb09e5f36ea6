/**
 * Interrupts training runs at random moments and checks that they end in the bits of uninterrupted ones: `npm run
 * faults -- [--fault SIGKILL|SIGTERM|SIGINT|disk|worker|restart] [--weights float|2-bit] [--times 20] [--batches 60]
 * [--seed 1]`: `worker` kills one of two data-parallel processes, `restart` does so in a run that is restarted each
 * time; without --fault or --weights, each of them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { canMount, tryFullDisk } from "./full-disk.js";
import { tryInterruptions } from "./interruptions.js";
import { tryLostWorkers, tryRestarts } from "./lost-workers.js";

const FAULTS = ["SIGKILL", "SIGTERM", "SIGINT", "disk", "worker", "restart"] as const;
const WEIGHTS = ["float", "2-bit"] as const;

const { values } = parseArgs({
  options: {
    fault: { type: "string" },
    weights: { type: "string" },
    times: { type: "string", default: "20" },
    batches: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
  },
});
const [times, batches, seed] = [Number(values.times), Number(values.batches), Number(values.seed)];

for (const fault of chosen(FAULTS, values.fault)) {
  for (const weights of chosen(WEIGHTS, values.weights)) {
    const folder = mkdtempSync(join(tmpdir(), "weight-search-faults-"));
    const tell = (line: string) => console.log(`${fault}, ${weights}: ${line}`);
    try {
      if (fault === "disk") {
        if (!canMount(folder)) throw new Error("this user may not mount a tmpfs: run it as root");
        const runs = await tryFullDisk({ weights, batches }, { times, seed }, folder, tell);
        tell(`full ${times} times in ${runs} runs, bit-exact`);
      } else if (fault === "worker") {
        const longest = await tryLostWorkers({ weights, batches }, { times, seed }, folder, tell);
        tell(`lost a worker ${times} times; the others were gone within ${longest.toFixed(1)} s`);
      } else if (fault === "restart") {
        const killed = await tryRestarts({ weights, batches }, { times, seed }, folder, tell);
        tell(`restarted ${killed} times, bit-exact`);
      } else {
        const { before, during, runs } = await tryInterruptions(
          { weights, batches },
          { signals: [fault], times, seed },
          folder,
          tell,
        );
        tell(`interrupted ${during} times (and ${before} times before it began) in ${runs} runs, bit-exact`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function chosen<Name extends string>(names: readonly Name[], name: string | undefined): readonly Name[] {
  if (name === undefined) return names;
  const found = names.filter((candidate) => candidate === name);
  if (found.length === 0) throw new Error(`expected one of ${names.join(", ")}, received ${name}`);
  return found;
}
