import { z } from "zod";
import { type Interpolation, interpolations } from "../data/images/resample.js";
import type { PerChannel } from "../data/images/transforms/normalize.js";
import { type DefinedTransform, transformDefinitions } from "../data/images/transforms/registry.js";
import type { Size } from "../data/images/transforms/size.js";
import type { ImageTransform } from "../data/images/transforms/transform.js";
import type { Padding } from "../data/images/views.js";
import { keyError } from "./key-error.js";
import { checkObject } from "./schema-error.js";

/** Upper limit of sizes: larger ones are mistakes and would not fit into memory. */
const maxPixels = 32768;

const pixelCount = () => z.int().min(1).max(maxPixels);
const sizeDescription = `an integer from 1 to ${maxPixels}, or [height, width]`;
const size = () => z.union([pixelCount(), z.array(pixelCount()).min(1).max(2)]).describe(sizeDescription);

const paddingCount = () => z.int().min(0).max(maxPixels);
const paddingDescription = "null, an integer ≥ 0, [left and right, top and bottom], or [left, top, right, bottom]";
const padding = () =>
  z
    .union([paddingCount(), z.array(paddingCount()).refine(({ length }) => [1, 2, 4].includes(length))])
    .nullable()
    .default(null)
    .describe(paddingDescription);

const byte = () => z.int().min(0).max(255);
const number = () => z.number();
const perChannelDescription = "a list of 3 numbers";
const range = (words: string, limit: number, standard: [number, number]) =>
  z
    .array(number())
    .length(2)
    .refine(([min = 0, max = 0]) => 0 < min && min <= max && max <= limit)
    .default(standard)
    .describe(words);

const interpolationDescription = `one of ${interpolations.join(", ")}, or Pillow's number 0 … ${interpolations.length - 1}`;
const interpolation = () =>
  z
    .union([
      z.enum(interpolations as [Interpolation, ...Interpolation[]]),
      z
        .int()
        .min(0)
        .max(interpolations.length - 1),
    ])
    .default("bilinear")
    .describe(interpolationDescription);

/** Resampling is always antialiased, as torchvision's is on Pillow images. */
const antialias = () => z.literal(true).nullable().default(true).describe("true or null");

/**
 * The arguments of the transforms that have no definition of their own, with torchvision's names and defaults, and the
 * transform they build.
 */
const transforms = {
  RandomCrop: define(
    z.strictObject({
      size: size(),
      padding: padding(),
      pad_if_needed: z.boolean().default(false).describe("true or false"),
      fill: z
        .union([byte(), z.array(byte()).length(3)])
        .default(0)
        .describe("an integer from 0 to 255, or 3 of them"),
      padding_mode: z
        .enum(["constant", "edge", "reflect", "symmetric"])
        .default("constant")
        .describe('"constant", "edge", "reflect" or "symmetric"'),
    }),
    (args) => ({
      name: "RandomCrop",
      size: sizeOf(args.size),
      padding: paddingOf(args.padding),
      padIfNeeded: args.pad_if_needed,
      fill: threeOf(args.fill),
      paddingMode: args.padding_mode,
    }),
  ),
  RandomHorizontalFlip: define(
    z.strictObject({ p: number().min(0).max(1).default(0.5).describe("a number from 0 to 1") }),
    ({ p }) => ({ name: "RandomHorizontalFlip", p }),
  ),
  RandomResizedCrop: define(
    z.strictObject({
      size: size(),
      scale: range("[min, max] with 0 < min ≤ max ≤ 1", 1, [0.08, 1]),
      ratio: range("[min, max] with 0 < min ≤ max", Number.MAX_VALUE, [3 / 4, 4 / 3]),
      interpolation: interpolation(),
      antialias: antialias(),
    }),
    (args) => ({
      name: "RandomResizedCrop",
      size: sizeOf(args.size),
      scale: pairOf(args.scale),
      ratio: pairOf(args.ratio),
      interpolation: interpolationOf(args.interpolation),
    }),
  ),
  Resize: define(
    z.strictObject({
      size: size(),
      interpolation: interpolation(),
      max_size: pixelCount().nullable().default(null).describe(`null or an integer from 1 to ${maxPixels}`),
      antialias: antialias(),
    }),
    (args, source, place) => {
      const shorter = typeof args.size === "number" ? args.size : args.size.length === 1 ? args.size[0] : undefined;
      if (args.max_size !== null && (shorter === undefined || args.max_size <= shorter)) {
        const expected = shorter === undefined ? "null where size is [height, width]" : `more than size (${shorter})`;
        throw keyError(source, `${place}max_size`, expected, args.max_size);
      }
      return {
        name: "Resize",
        size: shorter ?? sizeOf(args.size),
        interpolation: interpolationOf(args.interpolation),
        maxSize: args.max_size,
      };
    },
  ),
  CenterCrop: define(z.strictObject({ size: size() }), (args) => ({ name: "CenterCrop", size: sizeOf(args.size) })),
  ToTensor: define(z.strictObject({}), () => ({ name: "ToTensor" })),
  Normalize: define(
    z.strictObject({
      mean: z.array(number()).length(3).describe(perChannelDescription),
      std: z.array(number().positive()).length(3).describe("a list of 3 numbers > 0"),
      inplace: z.boolean().default(false).describe("true or false"),
    }),
    ({ mean, std }) => ({ name: "Normalize", mean: threeOf(mean), std: threeOf(std) }),
  ),
  Cutout: define(
    z.strictObject({ length: pixelCount().describe(`an integer from 1 to ${maxPixels}`) }),
    ({ length }) => ({ name: "Cutout", length }),
  ),
} as const satisfies Record<Exclude<ImageTransform["name"], DefinedTransform["name"]>, Definition>;

/** The names of all transforms, as in torchvision. */
export const transformNames: readonly string[] = [...Object.keys(transforms), ...transformDefinitions.keys()];

/**
 * Builds a transform from the `args` of a transform JSON, with defaults filled in.
 *
 * @param name one of `transformNames`
 * @param place position of the arguments in the file `source`: `train[1].args.`
 * @throws InputError naming file, place, what was expected and what was found
 */
export function transformFromArgs(name: string, args: unknown, source: string, place: string): ImageTransform {
  const defined = transformDefinitions.get(name);
  if (defined !== undefined) return defined.resolve(checkObject(defined.schema, args, source, place));
  const definition: Definition | undefined = transforms[name as keyof typeof transforms];
  if (definition === undefined) throw new RangeError(`Expected one of ${transformNames.join(", ")}, found ${name}`);
  return definition(args, source, place);
}

type Definition = (args: unknown, source: string, place: string) => ImageTransform;

function define<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  make: (args: z.output<z.ZodObject<Shape, z.core.$strict>>, source: string, place: string) => ImageTransform,
): Definition {
  return (args, source, place) => make(checkObject(schema, args, source, place), source, place);
}

function sizeOf(given: number | readonly number[]): Size {
  const [height = 0, width = height] = typeof given === "number" ? [given] : given;
  return { height, width };
}

function paddingOf(given: number | readonly number[] | null): Padding {
  const [left = 0, top = left, right = left, bottom = top] = typeof given === "number" ? [given] : (given ?? []);
  return { left, top, right, bottom };
}

function threeOf(given: number | readonly number[]): PerChannel {
  const [red = 0, green = red, blue = red] = typeof given === "number" ? [given] : given;
  return [red, green, blue];
}

function pairOf([min = 0, max = 0]: readonly number[]): readonly [number, number] {
  return [min, max];
}

function interpolationOf(given: Interpolation | number): Interpolation {
  return typeof given === "number" ? (interpolations[given] ?? "bilinear") : given;
}
