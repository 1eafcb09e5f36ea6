import type { NetworkFamily } from "../src/models/registry.js";
import { Conv2d } from "../src/nn/conv2d.js";
import { Linear } from "../src/nn/linear.js";
import { outputShapes } from "../src/nn/output-shapes.js";
import { zeros } from "../src/tensor/create.js";
import { scope } from "../src/tensor/tensor.js";

/**
 * Floating-point operations of one training step over one image, counted from the shapes of the layers: convolutions
 * and linear layers, 2 a multiply-add. A layer takes three products of the same size (its output, its input's gradient,
 * its weight's gradient), the first one two: nobody asks for the images' gradient. Padding counts as if it were image.
 */
export function trainingFlopsPerImage(family: NetworkFamily): number {
  return scope(() => {
    const { imageSize, numClasses } = family.madeFor;
    const network = family.build({ numClasses, search: null });
    const shapes = outputShapes(network, zeros([1, 3, imageSize, imageSize]));
    let flops = 0;
    let products = 2;
    for (const [path, module] of network.namedModules()) {
      if (!(module instanceof Conv2d || module instanceof Linear)) continue;
      const output = shapes.get(path);
      if (output === undefined) throw new Error(`${path}: has no output shape`);
      // Each output is a sum over what one row of the weight holds.
      const [, ...row] = module.weight.shape;
      flops += products * 2 * product(output) * product(row);
      products = 3;
    }
    return flops;
  });
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
