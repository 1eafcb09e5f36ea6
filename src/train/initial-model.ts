import { readModelFile } from "../nn/files/read-model.js";
import { classifierOf } from "../nn/layer-roles.js";
import { describeReport } from "../nn/load-report.js";
import { type LoadOptions, loadByName } from "../nn/load-state.js";
import { matchNames } from "../nn/match-names.js";
import type { Module } from "../nn/module.js";
import { withQuantizedWeights } from "../nn/quantized-weights.js";
import { quantizedState, refineQuantizedWeights } from "../nn/state-dict.js";
import { trace } from "../nn/trace.js";
import { modelFileOf } from "../run/model-file.js";
import type { Tensor } from "../tensor/tensor.js";
import { scope } from "../tensor/tensor.js";

export interface StartOptions extends LoadOptions {
  /** Of progressive quantization, from 0; `null` for any other training. */
  readonly stage: number | null;
}

/**
 * Starts a network from a model in a file: from the quantized weights at a stage of progressive quantization after the first,
 * from whatever is there by name otherwise.
 *
 * @returns what was loaded and what not, in lines
 * @throws InputError naming the file and the tensor; the network is then as it was
 */
export function startFromFile(network: Module, file: string, { stage, ...options }: StartOptions): string[] {
  return scope((keep) => {
    const refines = stage !== null && stage > 0;
    const { path, tensors } = readModelFile(modelFileOf(file, refines ? "model" : "state"));
    if (!refines) {
      const found = withQuantizedWeights(tensors, path, { onlyFactors: true });
      return describeReport(loadByName(network, found, path, options));
    }
    const found = withQuantizedWeights(tensors, path);
    const names = new Set(quantizedState(network).keys());
    const renamed = new Map<string, Tensor>();
    const classifier = classifierOf(trace(network, options.imageShape))?.layer;
    for (const [name, fileName] of matchNames(names, found.keys(), classifier)) {
      const tensor = found.get(fileName);
      if (tensor !== undefined) renamed.set(name, tensor);
    }
    refineQuantizedWeights(network, renamed, stage, path);
    for (const [, { frozen }] of network.namedSearchedWeights()) keep(frozen);
    return [
      `${path}: ${renamed.size} tensors loaded, the searched weights fixed; stage ${stage} searches their factors`,
    ];
  });
}

/** Starts a network from what the stage before it found. */
export function startFromStage(network: Module, previous: Module, stage: number): void {
  refineQuantizedWeights(network, quantizedState(previous), stage, `stage ${stage - 1}`);
}
