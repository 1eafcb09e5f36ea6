import { scope } from "../tensor/tensor.js";
import { shortenedName } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import type { ModelFile } from "./files/read-model.js";
import { describeReport, type LoadReport } from "./load-report.js";
import { loadByName } from "./load-state.js";
import type { Module } from "./module.js";
import { withQuantizedWeights } from "./quantized-weights.js";

/**
 * Loads a model into a network of which no tensor may be left out: half a model means nothing.
 * @param imageShape of the network's inputs, without the batch
 * @returns what was loaded, in lines
 * @throws InputError naming the file and the tensor that is missing, or has another shape
 */
export function loadWhole(network: Module, { path, tensors }: ModelFile, imageShape: readonly number[]): string[] {
  const report = scope(() => loadByName(network, withQuantizedWeights(tensors, path), path, { imageShape }));
  const wrong = whatIsWrong(report);
  if (wrong !== undefined) throw new InputError(`${path}: ${wrong}`);
  return describeReport(report);
}

function whatIsWrong({ missing, reinitialised, leftover }: LoadReport): string | undefined {
  const [head] = reinitialised;
  const clip = leftover.find((name) => name.endsWith(".clip"));
  if (clip !== undefined) {
    return `tensor "${shortenedName(clip)}": expected none without quantized activations there, found one; \`activationBits\` says of how many bits`;
  }
  if (head !== undefined) {
    return `tensor "${head.name}": expected shape [${head.expected}], for the data's classes, found [${head.found}]`;
  }
  if (missing.length === 0) return undefined;
  return `expected every tensor of the network, found ${missing.length} missing: ${missing.slice(0, 4).join(", ")}${missing.length > 4 ? ", …" : ""}`;
}
