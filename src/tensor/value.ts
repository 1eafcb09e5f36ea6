import type { Tensor } from "./tensor.js";

/** An argument of a typed operator; tensors are passed as they are. */
export type Value = Tensor | number | bigint | boolean | string | null | undefined | readonly Value[];
