// npm run bench:startup: start-up time of the command line, and which commands load the addon and LibTorch.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { findRuns } from "../src/run/find-runs.js";
import { packageRoot } from "../src/system/package-root.js";
import { countOption, parseOptions, runBenchmark } from "./arguments.js";
import { describeMachine, formatMachine } from "./machine.js";
import { SHORT_TRAINING, type StartupCommand, startupCommands } from "./startup-commands.js";
import { rotated, summarize } from "./statistics.js";
import { formatTable } from "./table.js";

const PROGRAM = join(packageRoot(), "bin", "weight-search.mjs");
const NOTE_ADDON = new URL("note-addon.js", import.meta.url).href;

/** Runs a command to its end; seconds from its start to what is waited for. */
async function timed({ name, args, exitCode, untilLine }: StartupCommand): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  const complaint = text(child.stderr);
  let seconds: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (untilLine !== undefined && line.startsWith(untilLine)) seconds ??= (performance.now() - start) / 1000;
  }
  const [code] = await ended;
  if (untilLine === undefined) seconds = (performance.now() - start) / 1000;
  if (code !== exitCode) throw new Error(`${name}: ended with ${code}: ${await complaint}`);
  if (seconds === undefined) throw new Error(`${name}: printed no line "${untilLine}…"`);
  return seconds;
}

/** Whether a command loads the addon. */
async function loadsAddon(args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, ["--import", NOTE_ADDON, PROGRAM, ...args], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const notes = child.stdio[3];
  if (!notes || !("read" in notes)) throw new Error("there is no pipe for notes");
  return (await text(notes)).includes("addon");
}

await runBenchmark(async () => {
  const given = parseOptions({ rounds: { type: "string", default: "11" } });
  const rounds = countOption("rounds", given.rounds);
  console.log(formatMachine(describeMachine()));
  console.log(`${rounds} rounds, one process of each command in turn; the files are in the system's cache`);
  const folder = mkdtempSync(join(tmpdir(), "weight-search-startup-"));
  try {
    const saved = { name: "train", args: [...SHORT_TRAINING, "-o", folder], exitCode: 0, needsAddon: true };
    await timed(saved);
    const [run] = findRuns([folder]);
    const commands = startupCommands(String(run), join(folder, "figure.svg"));
    const seconds = new Map<StartupCommand, number[]>(commands.map((command) => [command, []]));
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      for (const command of rotated(commands, round)) {
        const took = await timed(command);
        if (round > 0) seconds.get(command)?.push(took);
      }
    }
    const rows: string[][] = [];
    for (const command of commands) {
      const { median, firstQuartile, thirdQuartile } = summarize(seconds.get(command) ?? []);
      const ms = (value: number) => (value * 1000).toFixed(0);
      const loads = await loadsAddon(command.args);
      const note = loads === command.needsAddon ? "" : loads ? ", needlessly" : ", which it should";
      rows.push([
        command.name,
        ms(median),
        `${ms(firstQuartile)}–${ms(thirdQuartile)}`,
        (loads ? "loads" : "not loaded") + note,
      ]);
    }
    console.log(`\n${formatTable([["weight-search", "median ms", "quartiles ms", "LibTorch"], ...rows])}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
