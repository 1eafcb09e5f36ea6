// What the addon's functions take and return; the functions themselves are in addon-functions.ts.

/** A tensor of the addon's table. Never reused: a released one is told from a live one. */
export type Handle = number;

/** What an operator takes: tensors as handles, integers as bigint where a schema says Scalar. */
export type Argument = Handle | bigint | boolean | string | null | undefined | readonly Argument[];

/** What an operator gives back: a handle where the schema says Tensor. */
export type Result = Handle | boolean | string | null | undefined | Result[];

export type NumericArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array;

/**
 * What ran: LibTorch's version, the instruction sets of the search kernels and of the Winograd convolution ("none" where
 * LibTorch's computes instead), the JPEG library or "none", LibTorch's thread report.
 */
export interface Versions {
  readonly libtorch: string;
  readonly kernels: string;
  readonly winograd: string;
  readonly jpeg: string;
  readonly parallel: string;
}

/** Bytes of CPU tensors of 256 KiB and more: in use, kept for reuse, and the most that ever were in use. */
export interface MemoryUse {
  readonly live: number;
  readonly idle: number;
  readonly peakLive: number;
}

/** What a JPEG's header says; `rgb` includes YCbCr, `cmyk` YCCK. */
export interface JpegInfo {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly colour: "grey" | "rgb" | "cmyk" | "unknown";
}

/** Where the input and the output of a resampling lie along one axis: see `native/images/resample.h`. */
export type ResampleAxis = readonly [
  offset: number,
  length: number,
  begin: number,
  end: number,
  size: number,
  first: number,
  count: number,
];

/** What was measured of one operator: see `stopProfile`. */
export interface OperatorTime {
  /** `aten::add`; of a node of the backward pass its C++ name, `ConvolutionBackward0`. */
  readonly name: string;
  /** Whether it is a node of the backward pass; what that calls are operators. */
  readonly backward: boolean;
  readonly calls: number;
  /** Of all calls together, without the operators that they call in turn. */
  readonly selfMicroseconds: number;
  /** Shapes of tensors by argument; a node's arguments are numbered. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Lists of integers and of booleans (0, 1) by argument, such as a stride. */
  readonly lists: Readonly<Record<string, readonly number[]>>;
}

/** What the addon says of itself: declarations of its functions by interface, and the codes of its errors. */
export interface Declarations {
  readonly interfaces: Readonly<Record<string, readonly string[]>>;
  readonly errorCodes: readonly string[];
}
