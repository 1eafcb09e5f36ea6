import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../system/package-root.js";
import type { Provenance } from "./record.js";

/** What the native engine says of itself. */
export interface EngineVersions {
  readonly libtorch: string;
  readonly kernels: string;
  readonly winograd: string;
  readonly jpeg: string;
}

/** Variables that change which instructions compute, and so how results are rounded. */
const ROUNDING_VARIABLES = [
  "WEIGHT_SEARCH_KERNELS",
  "ATEN_CPU_CAPABILITY",
  "ONEDNN_MAX_CPU_ISA",
  "DNNL_MAX_CPU_ISA",
  "OPENBLAS_CORETYPE",
  "MKL_CBWR",
  "NVIDIA_TF32_OVERRIDE",
  "CUBLAS_WORKSPACE_CONFIG",
];

/** Versions and machine, for a run's record. */
export function provenance(engine: EngineVersions, threads: number): Provenance {
  return { versions: programVersions(engine), machine: machine(threads) };
}

/** The versions of what runs, by name. */
export function programVersions({ libtorch, kernels, winograd, jpeg }: EngineVersions): Record<string, string> {
  const root = packageRoot();
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return {
    package: version,
    commit: commitOf(root),
    node: process.versions.node,
    libtorch,
    kernels,
    winograd,
    jpeg,
  };
}

/** The commit of a checkout, with `-dirty` where files were changed since; "unknown" where this is none. */
function commitOf(root: string): string {
  if (!existsSync(join(root, ".git"))) return "unknown";
  try {
    const args = ["-C", root, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown";
  }
}

/** What of the machine rounding depends on. */
function machine(threads: number): object {
  const [cpu] = cpus();
  const environment = ROUNDING_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    platform: `${process.platform}-${process.arch}`,
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    instructionSets: instructionSets(),
    threads,
    environment: Object.fromEntries(environment),
  };
}

/** Vector instructions, by the names that Linux gives them; none where it does not say. */
function instructionSets(): string[] {
  try {
    const flags = /^(?:flags|Features)\s*: (.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    return flags.split(" ").filter((flag) => /^(sse4|avx|fma|f16c|amx|asimd|sve|bf16)/.test(flag));
  } catch {
    return [];
  }
}
