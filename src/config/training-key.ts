import type { Kind } from "../text/kinds.js";

/** One key of a training config: everything that any part of the program knows of it. */
export interface TrainingKey<Value, Override extends string = string> {
  /** Its name in a training JSON. */
  readonly json: string;
  readonly kind: Kind<Exclude<Value, null>>;
  /** What it does, in Markdown, for the documentation. */
  readonly description: string;
  /** Its value where a training JSON omits it; without one, and without `defaultsTo`, the key is required. */
  readonly default?: Value;
  /** The key whose value it has where a training JSON omits it. */
  readonly defaultsTo?: string;
  /** An older name in a training JSON. */
  readonly alias?: string;
  /** The run format (`RUN_FORMAT_VERSION`) in which it came; missing: it was always there. */
  readonly since?: number;
  /** The name, and the kind where that is narrower, by which flags and arguments of `train` override it; missing: they do not. */
  readonly override?: {
    readonly name: Override;
    /** What stands for its value in `--help`; missing for a key that is true or false. */
    readonly value?: string;
    readonly description: string;
    readonly kind?: Kind<Exclude<Value, null>>;
    /** Whether a resumed run may have another value. */
    readonly onResume?: boolean;
  };
}

/** A key, with its own types. */
export function key<Value, Override extends string = never>(
  definition: TrainingKey<Value, Override>,
): TrainingKey<Value, Override> {
  return definition;
}

/** The values that a table of keys describes. */
export type ValuesOf<Table extends Readonly<Record<string, TrainingKey<unknown>>>> = {
  readonly [Name in keyof Table]: Table[Name] extends TrainingKey<infer Value> ? Value : never;
};
