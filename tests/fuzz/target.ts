import type { Mutator } from "./mutate-bytes.js";

/** A parser to be fed with damaged inputs. */
export interface Target {
  readonly name: string;
  /** What changes an input; each is as likely as the others. */
  readonly mutators: readonly Mutator[];
  /** Valid inputs, or nearly so, that others are made from; each is tried unchanged first. */
  seeds(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /**
   * Makes ready what the target needs, in an empty folder of its own. What it returns feeds the parser with one input. It
   * throws what the parser throws, and an AssertionError where the parser took an input and gave something impossible.
   */
  prepare(folder: string): Feed | Promise<Feed>;
  /** The most memory, bytes, that may come and go for an input of this size; left out, 64 MiB and 64 times the input. */
  readonly memoryBytes?: (inputBytes: number) => number;
  /** Errors need not name a path in the target's folder. */
  readonly isUnnamed?: boolean;
}

/** Feeds a parser with one input. */
export type Feed = (input: Uint8Array) => void | Promise<void>;
