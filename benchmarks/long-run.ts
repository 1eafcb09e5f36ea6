// npm run bench:long: resources of a long training run over time: memory, file descriptors, the size of its directory.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { packageRoot } from "../src/system/package-root.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { folderBytes, type ProcessSample, sampleProcess } from "./process-sample.js";
import { summarize } from "./statistics.js";
import { formatTable } from "./table.js";

const SAMPLE_MS = 1000;
const CHECKPOINT_MINUTES = "0.25";

/** Parts of the run whose medians are compared. */
const PARTS = 10;

interface Sample extends ProcessSample {
  readonly epoch: number;
  readonly directoryBytes: number;
}

/** Trains to the end, sampled every second. */
async function sampledRun(
  args: readonly string[],
  workDir: string,
): Promise<{ samples: Sample[]; outputBytes: number }> {
  const child = spawn(process.execPath, [join(packageRoot(), "bin", "weight-search.mjs"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid ?? 0;
  const complaint = text(child.stderr);
  const samples: Sample[] = [];
  let [epoch, outputBytes, isOver] = [0, 0, false];
  const exited = new Promise<number | null>((resolve) => {
    child.on("exit", (code) => {
      isOver = true;
      resolve(code);
    });
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    outputBytes += line.length + 1;
    const ended = /^\s+(\d+)\/\d+\s/.exec(line);
    if (ended !== null) epoch = Number(ended[1]);
  });
  while (!isOver) {
    const sample = sampleProcess(pid);
    // The first epoch fills the caches.
    if (sample !== null && epoch > 0) {
      samples.push({ ...sample, epoch, directoryBytes: existsSync(workDir) ? folderBytes(workDir) : 0 });
    }
    await Promise.race([sleep(SAMPLE_MS), exited]);
  }
  if ((await exited) !== 0) throw new Error(await complaint);
  return { samples, outputBytes };
}

function partRow(samples: readonly Sample[]): string[] {
  const median = (pick: (sample: Sample) => number) => summarize(samples.map(pick)).median;
  const greatest = (pick: (sample: Sample) => number) => Math.max(...samples.map(pick));
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return [
    `${samples[0]?.epoch}–${samples.at(-1)?.epoch}`,
    megabytes(median(({ residentBytes }) => residentBytes)),
    megabytes(greatest(({ residentBytes }) => residentBytes)),
    String(greatest(({ fileDescriptors }) => fileDescriptors)),
    String(greatest(({ threads }) => threads)),
    megabytes(greatest(({ directoryBytes }) => directoryBytes)),
  ];
}

await runBenchmark(async () => {
  const given = parseOptions({
    steps: { type: "string", default: "20000" },
    batch: { type: "string", default: "8" },
    threads: { type: "string", default: "2" },
  });
  const [steps, batch] = [countOption("steps", given.steps), countOption("batch", given.batch)];
  const stepsPerEpoch = Math.min(250, steps);
  const epochs = Math.ceil(steps / stepsPerEpoch);
  const workDir = mkdtempSync(join(tmpdir(), "weight-search-long-"));
  const size = ["--epochs", String(epochs), "--limit-batches", String(stepsPerEpoch), "--batch-size", String(batch)];
  const how = ["--threads", String(countOption("threads", given.threads)), "--checkpoint-minutes", CHECKPOINT_MINUTES];
  const args = ["train", "-a", "resnet20", "-q", "--quant-json", "po2-2b", ...size, ...how];
  console.log(formatMachine(describeMachine()));
  console.log(
    `weight-search ${args.join(" ")}: ${epochs * stepsPerEpoch} steps, sampled every second after the first epoch\n`,
  );
  try {
    const { samples, outputBytes } = await sampledRun([...args, "-v", "-o", workDir], workDir);
    const perPart = Math.ceil(samples.length / PARTS);
    const parts = Array.from({ length: PARTS }, (_, part) => samples.slice(part * perPart, (part + 1) * perPart));
    const rows = parts.filter(({ length }) => length > 0).map(partRow);
    const titles = ["epochs", "resident MB, median", "greatest", "descriptors", "threads", "run directory MB"];
    console.log(formatTable([titles, ...rows]));
    console.log(`\nstandard output, with -v: ${outputBytes} bytes, ${(outputBytes / epochs).toFixed(0)} an epoch`);
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
});
