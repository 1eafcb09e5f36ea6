import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, platform, release } from "node:os";
import { packageRoot } from "../src/system/package-root.js";

/** Where and when a figure was measured; a figure is meaningless without it. */
export interface Machine {
  readonly date: string;
  /** Short git commit, with "+dirty" when the tree differs from it. */
  readonly commit: string;
  readonly cpu: string;
  /** Its vector instructions, of those that matter here; none where the system does not tell. */
  readonly vectors: readonly string[];
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  /** Load average of the last minute, before the measurement began. */
  readonly load: number;
}

/** Taken before measuring, so that the load is that of others. */
export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    commit: gitCommit(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    vectors: vectorInstructions(),
    cores: availableParallelism(),
    system: `${platform()} ${release()}`,
    node: process.version,
    load: loadavg()[0] ?? 0,
  };
}

/** Two lines for a person, and a warning when the machine was not idle. */
export function formatMachine(machine: Machine): string {
  const lines = [
    `${machine.date}  commit ${machine.commit}  Node ${machine.node}  ${machine.system}`,
    `${machine.cpu} (${machine.vectors.join(" ") || "vectors unknown"}), ${machine.cores} cores, load ${machine.load.toFixed(2)} at the start`,
  ];
  if (machine.load > 0.5) lines.push("warning: the machine was not idle; do not quote these figures");
  return lines.join("\n");
}

const VECTOR_INSTRUCTIONS = ["avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve"];

function vectorInstructions(): string[] {
  if (platform() !== "linux") return [];
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" ") ?? [];
  return VECTOR_INSTRUCTIONS.filter((name) => flags.includes(name));
}

function gitCommit(): string {
  const git = (...args: string[]) =>
    spawnSync("git", ["--no-optional-locks", "-C", packageRoot(), ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  const head = git("rev-parse", "--short", "HEAD");
  if (head.status !== 0) return "unknown";
  return head.stdout.trim() + (git("status", "--porcelain").stdout.trim() === "" ? "" : "+dirty");
}
