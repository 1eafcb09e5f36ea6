import { colorJitter } from "./color-jitter.js";
import type { TransformDefinition } from "./definition.js";
import { grayscale, randomGrayscale } from "./grayscale.js";
import { randomRotation } from "./random-rotation.js";

/** The image transforms that are defined in one file each. */
const definitions = [colorJitter, grayscale, randomGrayscale, randomRotation] as const;

type SettingsOf<Definition> = Definition extends { resolve(args: never): infer Settings } ? Settings : never;

/** Any of them, with every argument resolved. */
export type DefinedTransform = SettingsOf<(typeof definitions)[number]>;

/** Definitions by name. */
export const transformDefinitions: ReadonlyMap<string, TransformDefinition<DefinedTransform>> = new Map(
  definitions.map((definition) => [definition.name, definition as unknown as TransformDefinition<DefinedTransform>]),
);

/** The definition of a transform. */
export function definitionOf({ name }: DefinedTransform): TransformDefinition<DefinedTransform> {
  const definition = transformDefinitions.get(name);
  if (definition === undefined) throw new RangeError(`Expected a registered transform, found ${name}`);
  return definition;
}
