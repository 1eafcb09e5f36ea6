import { summarize } from "../src/export/summarize.js";
import type { NetworkFamily } from "../src/models/network.js";

/**
 * Floating-point operations of one training step over one image: convolutions and linear layers, 2 a multiply-add. A layer
 * takes three products of the same size (its output, its input's gradient, its weight's gradient), the first one two: nobody
 * needs the images' gradient. Padding counts as if it were image.
 */
export function trainingFlopsPerImage(family: NetworkFamily): number {
  const { layers } = summarize({ arch: "network", family, search: null, ...family.madeFor });
  return layers.reduce((flops, { multiplyAdds }, index) => flops + (index === 0 ? 2 : 3) * 2 * multiplyAdds, 0);
}
