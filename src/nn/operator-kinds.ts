/** Kinds of nodes in a traced network. */
export type NodeKind =
  | "convolution"
  | "linear"
  | "normalization"
  | "layer-normalization"
  | "embedding"
  | "attention"
  | "activation"
  | "quantization"
  | "pooling"
  | "addition"
  | "concatenation"
  | "reshape"
  | "other";

/** Roles of a network's own tensors in an operator. */
export type Role = "weight" | "bias" | "runningMean" | "runningVar" | "clip";

export interface OperatorKind {
  readonly kind: NodeKind;
  /** Positions of the arguments that are the network's own tensors. */
  readonly roles?: Readonly<Partial<Record<Role, number>>>;
  /** f(s·x) = s·f(x) for every s > 0. */
  readonly isHomogeneous?: true;
}

const CONVOLUTION: OperatorKind = { kind: "convolution", roles: { weight: 1, bias: 2 } };
const EMBEDDING: OperatorKind = { kind: "embedding", roles: { weight: 0 } };
const LINEAR: OperatorKind = { kind: "linear", roles: { weight: 1, bias: 2 } };
const POOLING: OperatorKind = { kind: "pooling", isHomogeneous: true };
const RESHAPE: OperatorKind = { kind: "reshape", isHomogeneous: true };
const RELU: OperatorKind = { kind: "activation", isHomogeneous: true };
const ACTIVATION: OperatorKind = { kind: "activation" };
const ADDITION: OperatorKind = { kind: "addition" };

/** Operators that layers call in evaluation on the CPU. */
const KINDS: ReadonlyMap<string, OperatorKind> = new Map([
  ["aten::conv1d", CONVOLUTION],
  ["aten::conv2d", CONVOLUTION],
  ["weight_search::convolution", CONVOLUTION],
  ["aten::linear", LINEAR],
  ["weight_search::linear", LINEAR],
  ["aten::batch_norm", { kind: "normalization", roles: { weight: 1, bias: 2, runningMean: 3, runningVar: 4 } }],
  ["aten::layer_norm", { kind: "layer-normalization", roles: { weight: 2, bias: 3 } }],
  ["aten::embedding", EMBEDDING],
  ["aten::matmul", { kind: "attention" }],
  ["aten::scaled_dot_product_attention", { kind: "attention" }],
  ["weight_search::pact", { kind: "quantization", roles: { clip: 1 } }],
  ["weight_search::bireal_sign", { kind: "quantization" }],
  ["aten::relu", RELU],
  ["aten::relu_", RELU],
  ["aten::relu6", ACTIVATION],
  ["aten::gelu", ACTIVATION],
  ["aten::silu", ACTIVATION],
  ["aten::hardswish", ACTIVATION],
  ["aten::sigmoid", ACTIVATION],
  ["aten::tanh", ACTIVATION],
  ["aten::softmax", ACTIVATION],
  ["aten::log_softmax", ACTIVATION],
  ["aten::max_pool2d", POOLING],
  ["weight_search::max_pool2d", POOLING],
  ["aten::avg_pool2d", POOLING],
  ["aten::adaptive_avg_pool2d", POOLING],
  ["aten::add", ADDITION],
  ["aten::add_", ADDITION],
  ["aten::cat", { kind: "concatenation" }],
  ["aten::reshape", RESHAPE],
  ["aten::permute", RESHAPE],
  ["aten::transpose", RESHAPE],
  ["aten::contiguous", RESHAPE],
  ["aten::flatten", RESHAPE],
  ["aten::squeeze", RESHAPE],
  ["aten::unsqueeze", RESHAPE],
]);

const OTHER: OperatorKind = { kind: "other" };

/** The kind of an operator of LibTorch's dispatcher. */
export function kindOf(operator: string): OperatorKind {
  return KINDS.get(operator) ?? OTHER;
}
