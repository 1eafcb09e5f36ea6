import type { ScaleGranularity } from "../search/weight-scale.js";
import { isScaleAbsorbed } from "./layer-roles.js";
import type { Module } from "./module.js";
import { trace } from "./trace.js";

export interface ScaleRequest {
  /** `[C, H, W]` of the network's images; tracing runs it on one. */
  readonly imageShape: readonly number[];
  /** For layers that left it open: by what follows ("auto"), none, or one for each. */
  readonly scale: "auto" | "none" | ScaleGranularity;
  readonly isTrained: boolean;
}

/**
 * Chooses the scale of every searched weight whose layer left it open. "auto" gives one to the whole layer where no
 * normalization follows, which would absorb it.
 *
 * @returns the searched layers that have neither a scale nor a normalization behind them
 */
export function chooseScales(network: Module, { imageShape, scale, isTrained }: ScaleRequest): string[] {
  const searched = [...network.namedSearchedWeights()];
  if (searched.length === 0) return [];
  const graph = trace(network, imageShape);
  const bare: string[] = [];
  for (const [layer, weight] of searched) {
    const isAbsorbed = isScaleAbsorbed(graph, `${layer}.weight`);
    if (weight.isScaleOpen && weight.scale === null) {
      const per = scale === "auto" ? (isAbsorbed ? "none" : "layer") : scale;
      if (per !== "none") weight.setScale({ per, isTrained });
    }
    if (weight.scale === null && !isAbsorbed) bare.push(layer);
  }
  return bare;
}
