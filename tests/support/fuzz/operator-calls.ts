// Calls of LibTorch's and custom operators with arguments that are often wrong.
import { addon } from "../../../src/tensor/addon.js";
import type { Argument } from "../../../src/tensor/addon-types.js";
import { argumentsOf } from "./arguments.js";
import { COMPOSED } from "./kernel-calls.js";
import { chance, pick } from "./random.js";
import { someTensor } from "./tensors.js";

/** Operators of LibTorch with the kinds of their arguments; see `argument`. */
const OPERATORS = `
add.Tensor TTs sub.Tensor TTs mul.Tensor TT div.Tensor TT add_.Tensor TTs mul_.Scalar Ts eq.Tensor TT gt.Scalar Ts
neg T exp T log T sqrt T abs T pow.Tensor_Scalar Ts clamp Tss matmul TT mm TT bmm TT addmm TTTss linear TTt
sum T sum.dim_IntList TIbd mean Td mean.dim TIbd amax TIb amin TIb argmax Tib topk Tiibb sort Tib cumsum Tid
linalg_vector_norm TsIbd reshape TI view TI permute TI transpose.int Tii flatten.using_ints Tii slice.Tensor Tiiii
select.int Tii index_select TiT gather TiTb scatter.src TiTT cat Li stack Li split.Tensor Tii unsqueeze Ti squeeze.dim Ti
expand TIb repeat TI constant_pad_nd TIs contiguous Tm clone Tm copy_ TTb to.dtype Tdbbm zeros Id ones Id full Isd
arange.start ssd relu T sigmoid T softmax.int Tid log_softmax.int Tid conv2d TTtIIIi conv_transpose2d TTtIIIiI
max_pool2d TIIIIb avg_pool2d TIIIbbi adaptive_avg_pool2d TI batch_norm TttttbssB layer_norm TIttsb
cross_entropy_loss TTtiis mse_loss TTi embedding TTibb where.self TTT flip TI roll TII diagonal Tiii tril Ti
one_hot Ti dropout Tsb im2col TIIII upsample_nearest2d TIss masked_fill.Scalar TTs index_add TiTTs nll_loss TTtii
`
  .trim()
  .split(/\s+/);

/** Operators of native/ with the kinds of their arguments. */
const KINDS = `
sample TFssiib sample_backward TTFssii sample.out TFssiibT logit_sgd_ TTTFssiissst search_statistics TsT sgd_ LLLsss
convolution TTtIIIii linear TTti winograd_convolution TTi winograd_convolution_backward TTTBi halve_and_pad Tii max_pool2d Tiii
convolution_by_chunks TTIIIii convolution_by_chunks_backward TTTIIIiBi linear_by_chunks TTti
linear_by_chunks_backward TTTBi batch_norm_relu TtTTTTssiib sync_batch_norm TTTTTssi pact TTii bireal_sign T
crop_flip_normalize TTFFibii normalize_pixels TFF zero_rectangles_ TT fma_peak i
`
  .trim()
  .split(/\s+/);

/** These and their compositions: all that native/ registers, as tests/fuzz.test.ts checks. */
export const OURS: readonly string[] = [
  ...KINDS,
  ...COMPOSED.flatMap((name) => [`composed_${name}`, KINDS[KINDS.indexOf(name) + 1] ?? ""]),
];

function callOne(list: readonly string[], library: string): void {
  const index = 2 * Math.floor(pick(list.map((_, i) => i)) / 2);
  const [base = "", overload = ""] = (list[index] ?? "").split(".");
  const number = addon().findOperator(`${library}::${base}`, overload);
  const values = argumentsOf(list[index + 1] ?? "");
  if (process.env["FUZZ_TRACE"]) console.error(list[index], values);
  const result = addon().call(number, ...(values as Argument[]));
  if (typeof result === "number" && addon().isLive(result) && chance(0.3)) {
    addon().toTypedArray(result);
    addon().backward(result, chance(0.2) ? someTensor() : null);
  }
}

export function callLibtorch(): void {
  callOne(OPERATORS, "aten");
}

export function callOurs(): void {
  callOne(OURS, "weight_search");
}
