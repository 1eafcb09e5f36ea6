// Activations as modules, for `Sequential`.
import { gelu, hardswish, relu, relu6, silu } from "../tensor/activation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Mode, Module } from "./module.js";

/** max(x, 0). */
export class ReLU extends Module {
  override forward(input: Tensor, _mode: Mode): Tensor {
    return relu(input);
  }
}

/** min(max(x, 0), 6). */
export class ReLU6 extends Module {
  override forward(input: Tensor, _mode: Mode): Tensor {
    return relu6(input);
  }
}

/** x Φ(x), see `gelu`. */
export class GELU extends Module {
  override forward(input: Tensor, _mode: Mode): Tensor {
    return gelu(input);
  }
}

/** x / (1 + e⁻ˣ). */
export class SiLU extends Module {
  override forward(input: Tensor, _mode: Mode): Tensor {
    return silu(input);
  }
}

/** x · min(max(x + 3, 0), 6) / 6. */
export class Hardswish extends Module {
  override forward(input: Tensor, _mode: Mode): Tensor {
    return hardswish(input);
  }
}
