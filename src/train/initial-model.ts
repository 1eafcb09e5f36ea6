import { readModelFile } from "../nn/files/read-model.js";
import { describeReport } from "../nn/load-report.js";
import { loadByName } from "../nn/load-state.js";
import { matchNames } from "../nn/match-names.js";
import type { Module } from "../nn/module.js";
import { withQuantizedWeights } from "../nn/quantized-weights.js";
import { quantizedState, refineQuantizedWeights } from "../nn/state-dict.js";
import { modelFileOf } from "../run/model-file.js";
import type { LogitInit } from "../search/normal-logits.js";
import type { Tensor } from "../tensor/tensor.js";
import { scope } from "../tensor/tensor.js";

/**
 * Starts a network from a model in a file: from the found weights at a stage after the first of a search bit by bit,
 * from whatever is there by name otherwise.
 *
 * @param stage of a search bit by bit, from 0; `null` for any other training
 * @param logitInit how logits start from float weights
 * @returns what was loaded and what not, in lines
 * @throws InputError naming the file and the tensor; the network is then as it was
 */
export function startFromFile(network: Module, stage: number | null, logitInit: LogitInit, file: string): string[] {
  return scope((keep) => {
    const refines = stage !== null && stage > 0;
    const { path, tensors } = readModelFile(modelFileOf(file, refines ? "model" : "state"));
    if (!refines) {
      const found = withQuantizedWeights(tensors, path, { onlyFactors: true });
      return describeReport(loadByName(network, found, path, logitInit));
    }
    const found = withQuantizedWeights(tensors, path);
    const names = new Set(quantizedState(network).keys());
    const renamed = new Map<string, Tensor>();
    for (const [name, fileName] of matchNames(names, found.keys())) {
      const tensor = found.get(fileName);
      if (tensor !== undefined) renamed.set(name, tensor);
    }
    refineQuantizedWeights(network, renamed, stage, path);
    for (const [, { base }] of network.namedSearchedWeights()) keep(base);
    return [
      `${path}: ${renamed.size} tensors loaded, the searched weights fixed; stage ${stage} searches their factors`,
    ];
  });
}

/** Starts a network from what the stage before it found. */
export function startFromStage(network: Module, previous: Module, stage: number): void {
  refineQuantizedWeights(network, quantizedState(previous), stage, `stage ${stage - 1}`);
}
