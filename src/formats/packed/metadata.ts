import { found, shortened } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import { duplicateKey } from "../../text/json-keys.js";

/** The value of `packed_format` in a packed file's metadata. */
const PACKED_FORMAT = "weight-search/1";

/** The metadata of a packed file, from each packed weight's name and shape. */
export function packedMetadata(shapes: ReadonlyMap<string, readonly number[]>): Record<string, string> {
  return { packed_format: PACKED_FORMAT, packed_shapes: JSON.stringify(Object.fromEntries(shapes)) };
}

/** Each packed weight's shape by its name. Throws InputError, starting with `where`, for metadata of another kind. */
export function packedShapes(
  metadata: Readonly<Record<string, string>>,
  where: string,
): ReadonlyMap<string, readonly number[]> {
  const format = metadata["packed_format"];
  if (format !== PACKED_FORMAT) {
    throw new InputError(
      `${where}: metadata: packed_format: expected ${PACKED_FORMAT}, found ${shortened(format ?? "none")}`,
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
