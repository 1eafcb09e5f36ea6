// npm run bench:input -- --folder DIR: images per second from files to normalized batches on one core, compared with
// torchvision and Pillow, alternating.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { versions } from "../src/tensor/runtime.js";
import { InputError } from "../src/text/errors.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { imageFiles } from "./image-files.js";
import { inputTimingSchema } from "./input-protocol.js";
import { describeMachine, formatMachine } from "./machine.js";
import { peerFile } from "./peer-file.js";
import { findPython } from "./python.js";
import { rotated, summarize } from "./statistics.js";
import { formatTable } from "./table.js";
import { Worker } from "./worker-protocol.js";

const WARM_UP_PASSES = 3;
const BATCH = 64;
const PARTS = ["train", "val"] as const;

interface Side {
  readonly who: "ours" | "peer";
  readonly worker: Worker;
  readonly seconds: Record<(typeof PARTS)[number], number[]>;
}

/** The command that keeps a program on one core, the last one, or null where there is no taskset. */
function oneCore(): readonly string[] | null {
  const core = String((describeMachine().cores || 1) - 1);
  return spawnSync("taskset", ["-c", core, "true"]).status === 0 ? ["taskset", "-c", core] : null;
}

async function pass(side: Side, part: (typeof PARTS)[number], files: readonly string[], seed: number): Promise<number> {
  return (await side.worker.request({ files, part, batch: BATCH, seed }, inputTimingSchema)).seconds;
}

/** A process a side: this program's and, where a Python has PyTorch, the peer's. */
function startSides(pin: readonly string[] | null, python: ReturnType<typeof findPython>): Side[] {
  const commands: [Side["who"], string[]][] = [
    ["ours", [process.execPath, fileURLToPath(new URL("input-worker.js", import.meta.url))]],
  ];
  if (typeof python !== "string") commands.push(["peer", [python.executable, "-B", peerFile("input_worker.py")]]);
  return commands.map(([who, command]): Side => {
    const [executable = "", ...args] = [...(pin ?? []), ...command];
    return { who, worker: new Worker(who, executable, args), seconds: { train: [], val: [] } };
  });
}

async function measure(sides: readonly Side[], files: readonly string[], rounds: number): Promise<void> {
  for (let round = 0; round < WARM_UP_PASSES + rounds; round++) {
    for (const side of rotated(sides, round)) {
      for (const part of PARTS) {
        const seconds = await pass(side, part, files, round);
        if (round >= WARM_UP_PASSES) side.seconds[part].push(seconds);
      }
    }
    if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${WARM_UP_PASSES + rounds}`);
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}

function printRates(sides: readonly Side[], images: number): void {
  const rows = sides.flatMap(({ who, seconds }) =>
    PARTS.map((part) => {
      const { median, firstQuartile, thirdQuartile } = summarize(seconds[part]);
      const rate = (value: number) => (images / value).toFixed(0);
      return [`${who}, ${part}`, rate(median), `${rate(thirdQuartile)}–${rate(firstQuartile)}`];
    }),
  );
  console.log(`\n${formatTable([["", "median images/s", "quartiles"], ...rows])}`);
  const [ours, peer] = sides;
  if (ours === undefined || peer === undefined) return;
  const ratios = PARTS.map((part) => [
    `ours ÷ peer, ${part}`,
    (summarize(peer.seconds[part]).median / summarize(ours.seconds[part]).median).toFixed(2),
  ]);
  console.log(`\n${formatTable(ratios)}`);
}

await runBenchmark(async () => {
  const given = parseOptions({
    folder: { type: "string" },
    images: { type: "string", default: "300" },
    rounds: { type: "string", default: "15" },
    json: { type: "string" },
  });
  if (given.folder === undefined) throw new InputError("--folder: expected a folder of images, found none");
  const files = imageFiles(given.folder, countOption("images", given.images));
  const rounds = countOption("rounds", given.rounds);
  const [machine, python, pin] = [describeMachine(), findPython(), oneCore()];
  const sides = startSides(pin, python);
  try {
    const { libtorch, jpeg, kernels } = versions();
    console.log(formatMachine(machine));
    console.log(`${files.length} images of ${given.folder}, batches of ${BATCH}, ${rounds} rounds`);
    console.log(`LibTorch ${libtorch}, JPEG by ${jpeg === "none" ? "sharp" : jpeg}, ${kernels} kernels`);
    console.log(typeof python === "string" ? python : `peer: ${python.executable}, torch ${python.torch}`);
    console.log(
      pin === null ? "one thread each, not pinned: there is no taskset" : `both on one core: ${pin.join(" ")}`,
    );
    await measure(sides, files, rounds);
    printRates(sides, files.length);
    if (given.json !== undefined) {
      const measured = sides.map(({ who, seconds }) => ({ who, seconds }));
      const result = { machine, python, pin, images: files.length, measured };
      writeFileSync(given.json, `${JSON.stringify(result, null, 2)}\n`);
    }
  } finally {
    for (const { worker } of sides) await worker.close();
  }
});
