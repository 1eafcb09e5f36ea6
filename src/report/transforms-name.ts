import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { builtInNames } from "../config/built-in-json.js";
import { loadTransforms } from "../config/transform.js";
import type { ImageTransforms } from "../data/images/transforms/transform.js";

/** The name in json/transform of these transforms; `null` if they come from a file that is not built in. */
export function namedTransforms({ file, ...transforms }: ImageTransforms): string | null {
  const name = basename(file, ".json");
  if (!builtInNames("transform").includes(name)) return null;
  const { file: _, ...builtIn } = loadTransforms(name, () => undefined);
  return isDeepStrictEqual(transforms, builtIn) ? name : null;
}
