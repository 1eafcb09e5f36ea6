import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import { MAX_THREADS, threadsFromEnvironment } from "../../system/thread-variable.js";
import type { Precision } from "../../tensor/precision.js";
import { MAX_WORKERS, oneOf, pathText, wholeNumber } from "./parsers.js";

/** The flags that say what data a command works on, and on which device. */
export interface DataFlags {
  readonly dataset?: string;
  readonly path?: string;
  readonly transformJson?: string;
  readonly download?: boolean;
  readonly downloadUrl?: string;
  readonly workers?: number;
  readonly onBadImage?: "error" | "skip";
  readonly valSplit?: number;
  readonly device?: string;
  readonly gpu?: number;
  readonly precision?: Precision;
  readonly threads?: number;
}

/** Adds these flags to a command. */
export function addDataFlags(command: Command): Command {
  return command
    .option("-d, --dataset <name>", "synthetic (built in), cifar10, cifar100, imagenet, folder")
    .option("-p, --path <dir>", "folder of the data set's files", pathText("-p/--path"))
    .option("--transform-json <file>", "how pictures are prepared: a JSON file, or a name in json/transform")
    .option("--download", "fetch cifar10 or cifar100 into --path when it is not there")
    .addOption(new Option("--download-url <url>", "another address to fetch from").hideHelp())
    .option(
      "--workers <n>",
      "threads that decode pictures (default: cores - 1, at most 8)",
      wholeNumber("--workers", 1, MAX_WORKERS),
    )
    .option(
      "--on-bad-image <what>",
      "error or skip: what a picture that cannot be read does (default: error)",
      oneOf("--on-bad-image", ["error", "skip"]),
    )
    .option("--device <name>", "cpu, cuda, cuda:<index>, mps or auto (default: auto)")
    .option("--gpu <i>", "the same as --device cuda:<i>", wholeNumber("--gpu", 0, 1023))
    .option(
      "--precision <p>",
      "float32, tf32 or bf16: how a CUDA device multiplies (default: float32)",
      oneOf("--precision", ["float32", "tf32", "bf16"]),
    )
    .option(
      "--threads <n>",
      "threads (default: OMP_NUM_THREADS or all cores)",
      wholeNumber("--threads", 1, MAX_THREADS),
    );
}

/**
 * OMP_NUM_THREADS where the environment sets it, as for any OpenMP program; else every core, shared out among the processes of a run on
 * this machine: more threads than cores wait for each other. Throws InputError if it is no number.
 */
export function defaultThreads(localProcesses = 1): number {
  return threadsFromEnvironment() ?? Math.min(coresOf(localProcesses), MAX_THREADS);
}

/** Cores of this machine for one of so many processes. */
export function coresOf(localProcesses: number): number {
  return Math.max(1, Math.floor(availableParallelism() / localProcesses));
}
