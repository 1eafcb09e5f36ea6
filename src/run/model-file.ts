import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { checkFolder, fileError } from "../system/file-error.js";
import type { UserFile } from "../system/user-module.js";
import { InputError } from "../text/errors.js";
import { type RunConfig, readRunConfig } from "./config.js";
import { RUN_FILES } from "./directory.js";
import type { OwnPart } from "./settings.js";

/**
 * Resolves a path to the file of a model: in a run directory, the training state (`state`) or the quantized model
 * (`model`), whichever is preferred and exists; any other path is the file itself.
 *
 * @throws InputError if nothing is there, or a directory without a model
 */
export function modelFileOf(path: string, prefer: "state" | "model"): string {
  try {
    if (!statSync(path).isDirectory()) return path;
  } catch (error) {
    throw fileError(path, "a safetensors file, a file of torch.save, or a run directory", error);
  }
  const { state, model, packed } = RUN_FILES;
  const names = prefer === "state" ? [state, model, packed] : [model, state, packed];
  const name = names.find((candidate) => existsSync(join(path, candidate)));
  if (name === undefined) {
    checkFolder(path, "a run directory that can be read");
    throw new InputError(`${path}: expected a run directory with ${names.join(" or ")}, found none`);
  }
  return join(path, name);
}

/** The configuration of the run that a directory is, or that a model's file lies in; `null` where it is none. */
export function runConfigOf(path: string): RunConfig | null {
  const isDirectory = existsSync(path) && statSync(path).isDirectory();
  const directory = isDirectory ? path : dirname(path);
  // Other programs keep a config.json beside their models too, but no such table.
  const isRun = [RUN_FILES.config, RUN_FILES.result].every((name) => existsSync(join(directory, name)));
  if (!isRun) return null;
  const config = readRunConfig(join(directory, RUN_FILES.config));
  const located = (file: UserFile | null) => file && { ...file, path: resolve(directory, file.path) };
  // A published run has its files beside it.
  const part = (own: OwnPart | null) => own && { ...own, file: located(own.file) };
  return {
    ...config,
    networkFile: located(config.networkFile),
    datasetFile: located(config.datasetFile),
    ownOptimizer: part(config.ownOptimizer),
    ownLoss: part(config.ownLoss),
  };
}
