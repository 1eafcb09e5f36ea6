// Calls operators with arguments that are often wrong, and exits 0 when each call returned or threw an Error without
// C++ backtrace. Run as a child process by tests/fuzz.test.ts: node fuzz.js SEED CALLS
import { type Argument, addon } from "../../src/tensor/addon.js";
import { tensor } from "../../src/tensor/create.js";
import type { Dtype } from "../../src/tensor/dtype.js";
import { scope } from "../../src/tensor/tensor.js";

/**
 * Operators with the kinds of their arguments: T tensor, t tensor or null, L tensors, i integer, I integers, s number,
 * b flag, d dtype, F numbers, m memory format.
 */
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

const OURS = `
sample TFssiib sample_backward TTFssii sample.out TFssiibT logit_sgd_ TTTFssiissst sgd_ LLLsss
winograd_convolution TT winograd_convolution_backward TTTB halve_and_pad Tii max_pool_2x2 T
batch_norm_relu TtTTTTss crop_flip_normalize TTFFibii
`
  .trim()
  .split(/\s+/);

/** Marsaglia's xorshift, 32 bits. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const random = generator(Number(process.argv[2] ?? 1));
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

const SHAPES = [
  [],
  [0],
  [1],
  [3],
  [2, 3],
  [3, 2],
  [3, 3],
  [2, 0, 3],
  [2, 3, 4],
  [1, 2, 4, 4],
  [2, 2, 3, 3],
  [2, 1, 2, 2],
  [1, 16, 3, 5],
  [16, 16, 3, 3],
];
const DTYPES: Dtype[] = ["float32", "float32", "float32", "float64", "int64", "int64", "int32", "uint8", "bool"];
const INTEGERS = [-2, -1, 0, 0, 1, 1, 2, 2, 3, 4, 6];
const NUMBERS = [0, 1, -1, 0.5, 1e-5, 1e5, Number.NaN, Number.POSITIVE_INFINITY, 3];
// Sizes that no machine has memory for; those that some have would have to be filled.
const HUGE = [2 ** 53, -(2 ** 53), 2n ** 62n, -(2n ** 63n), 2n ** 64n, 1e300];

function someTensor(): number {
  const shape = pick(SHAPES);
  const count = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: count }, () => pick([0, 1, 2, 3, -1]));
  const made = tensor(values, shape, pick(DTYPES));
  if (made.dtype.startsWith("float") && random() < 0.2) made.requiresGrad = true;
  return made.handle;
}

function junk(): unknown {
  const makers: (() => unknown)[] = [
    () => undefined,
    () => null,
    () => pick(HUGE),
    () => pick(NUMBERS),
    () => pick(INTEGERS),
    () => pick(["", "float32", "cpu", "channels_last", "\ud800", "mean"]),
    () => Symbol("s"),
    () => ({ length: 2, 0: 1, 1: 1 }),
    () => () => 1,
    () => random() < 0.5,
    () => [pick(HUGE)],
    () => [[1]],
    () => new Array(3),
    () => Float32Array.of(1, 2),
    () => BigInt64Array.of(1n, 1n),
    () => Uint8Array.of(),
    () => new Proxy([1], {}),
    () => someTensor() + pick([0, 1, 2 ** 24, 0.5]),
    () => [someTensor(), null],
    () => Object.create(null),
  ];
  return pick(makers)();
}

function many(make: () => unknown): unknown[] {
  return Array.from({ length: Math.floor(random() * 5) }, make);
}

function argument(kind: string): unknown {
  if (random() < 0.06) return junk();
  switch (kind) {
    case "T":
      return someTensor();
    case "t":
      return random() < 0.4 ? null : someTensor();
    case "L":
      return many(someTensor);
    case "i":
      return pick(INTEGERS);
    case "I":
      return random() < 0.3 ? pick(INTEGERS) : many(() => pick(INTEGERS));
    case "F":
      return many(() => pick(NUMBERS));
    case "s":
      return random() < 0.3 ? BigInt(pick(INTEGERS)) : pick(NUMBERS);
    case "b":
      return random() < 0.5;
    case "d":
      return random() < 0.5 ? undefined : pick([...DTYPES, "float16"]);
    case "m":
      return pick([undefined, "contiguous_format", "channels_last", "preserve_format"]);
    default:
      return junk();
  }
}

function callOne(name: string, kinds: string): void {
  const [base = "", overload = ""] = name.split(".");
  const number = addon().findOperator(base, overload);
  const values = [...kinds].map(argument);
  if (random() < 0.1) values.splice(Math.floor(random() * (values.length + 1)));
  if (random() < 0.05) values.push(...many(junk), 1);
  if (process.env["FUZZ_TRACE"]) console.error(name, values);
  const result = addon().call(number, ...(values as Argument[]));
  if (typeof result === "number" && addon().isLive(result) && random() < 0.3) {
    const handle = result;
    addon().toTypedArray(handle);
    addon().backward(handle);
  }
}

const counts = { returned: 0, refused: 0 };
const calls = Number(process.argv[3] ?? 1000);
for (let call = 0; call < calls; call += 1) {
  const [list, library] = random() < 0.9 ? [OPERATORS, "aten"] : [OURS, "weight_search"];
  const index = 2 * Math.floor(random() * (list.length / 2));
  scope(() => {
    try {
      callOne(`${library}::${list[index]}`, list[index + 1] ?? "");
      counts.returned += 1;
    } catch (error) {
      if (!(error instanceof Error)) throw new TypeError(`call ${call} threw no Error: ${String(error)}`);
      if (/Exception raised from|frame #|registered at/.test(error.message) || error.message === "") {
        throw new TypeError(`call ${call} threw "${error.message}"`);
      }
      counts.refused += 1;
    }
  });
}
console.log(JSON.stringify({ ...counts, live: addon().liveCount() }));
