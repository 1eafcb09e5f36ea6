import type { z } from "zod";
import type { Xoshiro128 } from "../../prng.js";
import type { ImageSource } from "../image-source.js";
import type { Size } from "./size.js";

/** All there is to know of an image transform: its arguments in a transform JSON, and what it does. */
export interface TransformDefinition<
  Settings extends { readonly name: string } = { readonly name: string },
  Shape extends z.ZodRawShape = z.ZodRawShape,
> {
  /** torchvision's name. */
  readonly name: Settings["name"];
  /** The arguments, with torchvision's names and defaults; the description of each is quoted in errors. */
  readonly schema: z.ZodObject<Shape, z.core.$strict>;
  /**
   * Resolves checked arguments. A run records the result with camel-case keys; as arguments, they must give it again.
   */
  resolve(args: z.output<z.ZodObject<Shape, z.core.$strict>>): Settings;
  /** The transformed image, lazily. All that is random must be drawn here, from `random`. */
  apply(source: ImageSource, settings: Settings, random: Xoshiro128): ImageSource;
  /** The size of the output, `null` if it varies or depends on an input size that is unknown (`null`). */
  outputSize(settings: Settings, input: Size | null): Size | null;
}

/** Gives the definition of `Settings` its type: `defineTransform<Settings>()({ … })`, the arguments' from the schema. */
export function defineTransform<Settings extends { readonly name: string }>() {
  return <Shape extends z.ZodRawShape>(definition: TransformDefinition<Settings, Shape>) => definition;
}

/** `outputSize` of a transform that leaves the size as it is. */
export function sameSize(_settings: unknown, input: Size | null): Size | null {
  return input;
}
