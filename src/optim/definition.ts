import type { Tensor } from "../tensor/tensor.js";
import { boolean, type Kind, number, oneOf, text } from "../text/kinds.js";
import type { Optimizer, ParameterSettings, SearchedLogits } from "./optimizer.js";

/** A value of an optimizer's own option, as JSON gives it. */
export type OptionValue = number | boolean | string;

/** An option of an optimizer's own: its default, which says its type, and what it may be. */
export type OptionSchema =
  | {
      readonly default: number;
      readonly min?: number;
      readonly max?: number;
      readonly above?: number;
      readonly below?: number;
    }
  | { readonly default: boolean }
  | { readonly default: string; readonly oneOf?: readonly string[] };

/** A parameter that an optimizer moves. */
export interface OptimizedParameter extends ParameterSettings {
  /** `layer1.0.bn1.weight` */
  readonly name: string;
  readonly tensor: Tensor;
}

/** What an optimizer is made for: what it moves, and its settings. */
export interface OptimizerParts {
  readonly parameters: readonly OptimizedParameter[];
  readonly searched: readonly SearchedLogits[];
  /** Of all searched weights' logits. */
  readonly logits: ParameterSettings & { readonly lrUnit: "plain" | "float"; readonly momentum: number };
  /** μ of the training config. */
  readonly momentum: number;
  /** Its own options by name: those of `schema`, or for the ones that are built in the keys of `optim`. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** An optimizer that can be chosen: built in, or one of the user's own as the default export of a file, `./lion.js`. */
export interface OptimizerDefinition {
  /** Up to 64 letters, digits, _, . and -. */
  readonly name: string;
  /** Options that a training config may give under `optim.options`; none by default. */
  readonly schema?: Readonly<Record<string, OptionSchema>>;
  create(parts: OptimizerParts): Optimizer;
}

/** What an option of a schema takes. */
export function optionKind(schema: OptionSchema): Kind<OptionValue> {
  if (typeof schema.default === "boolean") return boolean;
  if (typeof schema.default === "number") return number(schema as Extract<OptionSchema, { default: number }>);
  const { oneOf: words } = schema as Extract<OptionSchema, { default: string }>;
  return words === undefined ? text("a text") : oneOf(...words);
}
