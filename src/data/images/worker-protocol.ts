import type { BatchErasure } from "./erase-rectangles.js";

/** An image to prepare: a file, or bytes `[C, H, W]` in memory. `position` is its index in the split. */
export type ImageInput =
  | { readonly position: number; readonly path: string }
  | {
      readonly position: number;
      readonly pixels: Uint8Array;
      readonly channels: number;
      readonly height: number;
      readonly width: number;
    };

/** A task: some images of one batch. */
export interface ImageTask {
  readonly id: number;
  readonly split: "train" | "val";
  readonly seed: number;
  readonly epoch: number;
  /** Of every prepared image, pixels. */
  readonly height: number;
  readonly width: number;
  readonly images: readonly ImageInput[];
}

/** The result of a task. */
export interface ImageResult {
  readonly id: number;
  /** The images that could be read, one after another: bytes `[n, H, W, 3]`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The index in the task's images of each of them, ascending: `[n]`. */
  readonly read: readonly number[];
  /** Rectangles to overwrite after normalizing; `image` counts within `bytes`. */
  readonly erasures: readonly BatchErasure[];
  /** Why each of the others could not be read: one line with its name. */
  readonly problems: readonly string[];
}

/** A result, or why there is none: bad input (an InputError) or a defect. */
export type WorkerMessage = ImageResult | { readonly id: number; readonly failure: string; readonly isInput: boolean };
