import { found, shortened } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import { duplicateKey } from "../../text/json-keys.js";

/** Values of `packed_format` in a packed file's metadata: without scales, and with them. */
const PACKED_FORMAT = "weight-search/1";
const SCALED_FORMAT = "weight-search/2";

/** The metadata of a packed file, from each packed weight's name and shape, and the names of those with a scale. */
export function packedMetadata(
  shapes: ReadonlyMap<string, readonly number[]>,
  scaled: ReadonlySet<string>,
): Record<string, string> {
  const packedShapes = JSON.stringify(Object.fromEntries(shapes));
  if (scaled.size === 0) return { packed_format: PACKED_FORMAT, packed_shapes: packedShapes };
  return { packed_format: SCALED_FORMAT, packed_shapes: packedShapes, packed_scaled: JSON.stringify([...scaled]) };
}

/**
 * The packed weights that have a scale. Throws InputError, starting with `where`, for anything but a list of names of
 * `shapes`.
 */
export function packedScaled(
  metadata: Readonly<Record<string, string>>,
  shapes: ReadonlyMap<string, readonly number[]>,
  where: string,
): ReadonlySet<string> {
  if (metadata["packed_format"] === PACKED_FORMAT) return new Set();
  const given = metadata["packed_scaled"] ?? "";
  let names: unknown;
  try {
    names = JSON.parse(given);
  } catch {
    // Not JSON is as wrong as another kind of JSON.
  }
  if (Array.isArray(names) && names.every((name) => shapes.has(name)) && new Set(names).size === names.length) {
    return new Set<string>(names);
  }
  throw new InputError(
    `${where}: metadata: packed_scaled: expected a list of names of packed weights, each once, found ${
      given === "" ? "none" : shortened(given)
    }`,
  );
}

/** Each packed weight's shape by its name. Throws InputError, starting with `where`, for metadata of another kind. */
export function packedShapes(
  metadata: Readonly<Record<string, string>>,
  where: string,
): ReadonlyMap<string, readonly number[]> {
  const format = metadata["packed_format"];
  if (format !== PACKED_FORMAT && format !== SCALED_FORMAT) {
    throw new InputError(
      `${where}: metadata: packed_format: expected ${PACKED_FORMAT} or ${SCALED_FORMAT}, found ${shortened(format ?? "none")}`,
    );
  }
  const shapes = parseObject(metadata["packed_shapes"] ?? "", `${where}: metadata: packed_shapes`);
  return new Map(
    Object.entries(shapes).map(([name, shape]): [string, readonly number[]] => {
      if (isShape(shape)) return [name, shape];
      throw new InputError(
        `${where}: metadata: packed_shapes: ${shortened(name)}: expected a shape such as [16,3,3,3]`,
      );
    }),
  );
}

function parseObject(json: string, where: string): object {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Not JSON is as wrong as another kind of JSON.
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const twice = duplicateKey(json);
    if (twice === undefined) return value;
    throw new InputError(`${where}: expected each name once, found ${found(twice)} twice`);
  }
  throw new InputError(`${where}: expected a JSON object, found ${json === "" ? "none" : shortened(json)}`);
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0));
}
