import type { z } from "zod";
import type { Xoshiro128 } from "../../prng.js";
import type { ImageSource } from "../image-source.js";
import type { Erasure } from "./erasure.js";
import type { Size } from "./size.js";

/** A transform with every argument resolved, as runs record it. */
export interface NamedTransform {
  readonly name: string;
}

/** What the arguments of one transform are resolved with. */
export interface ArgumentContext {
  /** The error of an argument that contradicts another one. */
  error(key: string, expected: string, found: unknown): Error;
}

type ArgumentSchema<Shape extends z.ZodRawShape> = z.ZodObject<Shape, z.core.$strict>;

/** What every transform says of itself: its name and its arguments in a transform JSON. */
export interface NamedDefinition<
  Settings extends NamedTransform = NamedTransform,
  Shape extends z.ZodRawShape = z.ZodRawShape,
> {
  /** torchvision's name. */
  readonly name: Settings["name"];
  /** The arguments, with torchvision's names and defaults; the description of each is quoted in errors. */
  readonly schema: ArgumentSchema<Shape>;
  /**
   * Resolves checked arguments. A run records the result with camel-case keys; as arguments, they must give it again.
   */
  resolve(args: z.output<ArgumentSchema<Shape>>, context: ArgumentContext): Settings;
}

/** All there is to know of an image transform, which comes before ToTensor: its arguments, and what it does. */
export interface TransformDefinition<
  Settings extends NamedTransform = NamedTransform,
  Shape extends z.ZodRawShape = z.ZodRawShape,
> extends NamedDefinition<Settings, Shape> {
  /** The transformed image, lazily. All that is random must be drawn here, from `random`. */
  apply(source: ImageSource, settings: Settings, random: Xoshiro128): ImageSource;
  /**
   * The size of the output, `null` if it varies or depends on an input size that is unknown (`null`).
   * @param place name of the list in errors, such as `file.json: train`
   * @throws InputError if an image of this size does not fit
   */
  outputSize(settings: Settings, input: Size | null, place: string): Size | null;
}

/** A sample after ToTensor, at the place of one transform. */
export interface Sample {
  readonly size: Size;
  /** What a value that is written into a channel (0, 1, 2) here is in the normalized sample: itself after Normalize. */
  normalized(value: number, channel: number): number;
}

/** A transform of tensors, which comes after ToTensor and overwrites a rectangle of each sample. */
export interface ErasingDefinition<
  Settings extends NamedTransform = NamedTransform,
  Shape extends z.ZodRawShape = z.ZodRawShape,
> extends NamedDefinition<Settings, Shape> {
  /** Draws what is overwritten in one sample; `null`: nothing. */
  erase(settings: Settings, sample: Sample, random: Xoshiro128): Erasure | null;
}

/** Gives the definition of `Settings` its type: `defineTransform<Settings>()({ … })`, the arguments' from the schema. */
export function defineTransform<Settings extends NamedTransform>() {
  return <Shape extends z.ZodRawShape>(definition: TransformDefinition<Settings, Shape>) => definition;
}

/** The same for a transform of tensors that erases. */
export function defineErasing<Settings extends NamedTransform>() {
  return <Shape extends z.ZodRawShape>(definition: ErasingDefinition<Settings, Shape>) => definition;
}

/** `outputSize` of a transform that leaves the size as it is. */
export function sameSize(_settings: unknown, input: Size | null): Size | null {
  return input;
}
