import { noGrad } from "../tensor/autograd.js";
import { scope, type Tensor } from "../tensor/tensor.js";
import type { Mode, Module } from "./module.js";

/**
 * The shape of what every module inside `network` puts out, by its path, found by running the network once, in
 * evaluation, on `input`. Modules that the network does not call by `forward` are missing (a batch normalization whose
 * fused `forwardRelu` is called instead keeps its input's shape).
 */
export function outputShapes(network: Module, input: Tensor): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const modules = [...network.namedModules()];
  for (const [path, module] of modules) {
    const { forward } = module;
    // An own property stands before the class's method until it is deleted; its scope frees what a large image makes.
    module.forward = (x: Tensor, mode: Mode) => {
      const output = scope(() => forward.call(module, x, mode));
      shapes.set(path, output.shape);
      return output;
    };
  }
  try {
    scope(() => {
      noGrad(() => network.forward(input, "eval"));
    });
  } finally {
    for (const [, module] of modules) Reflect.deleteProperty(module, "forward");
  }
  return shapes;
}
