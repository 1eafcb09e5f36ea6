import { OPTION_KINDS } from "../../train/option-kinds.js";
import type { Flag } from "./flag-table.js";

/** The flags of a command's data and device that are not settings of a run. */
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
  readonly precision?: "float32" | "tf32" | "bf16";
  readonly threads?: number;
}

export const DATA_FLAGS: readonly Flag[] = [
  {
    flags: "-d, --dataset <name>",
    description: "synthetic (built in), cifar10, cifar100, mnist, imagenet, folder, or a file",
    group: "Data:",
  },
  {
    flags: "--transform-json <file>",
    description: "image transforms: a JSON file, or a name in json/transform",
    group: "Data:",
  },
  {
    flags: "--download",
    description: "download cifar10, cifar100 or mnist into --path when missing",
    group: "Data:",
    onResume: true,
  },
  { flags: "--download-url <url>", description: "another address to download from", isHidden: true, onResume: true },
  {
    flags: "--device <name>",
    description: "cpu, cuda, cuda:<index>, mps or auto [auto]",
    group: "Device:",
    onResume: true,
  },
  {
    flags: "--gpu <i>",
    description: "the same as --device cuda:<i>",
    kind: OPTION_KINDS.gpu,
    group: "Device:",
    onResume: true,
  },
];

/** The default data set of a command: CIFAR-10 if a folder is given, as in the original program. */
export function defaultDataset({ path, download }: DataFlags): string {
  return path !== undefined || download ? "cifar10" : "synthetic";
}
