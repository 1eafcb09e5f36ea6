import { z } from "zod";
import { describeValue, quote } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { didYouMean } from "../text/suggest.js";
import { keyError, unknownKeyError } from "./key-error.js";

/**
 * Checks a JSON object against a strict zod object and returns it with the defaults filled in. Errors quote the
 * description of a key's schema as what was expected (`.describe("a number > 0")`), so every key should have one.
 *
 * @param source The file the JSON came from, named in every error.
 * @param place Prefix of keys in errors if the object is part of the file: `train[1].args.`.
 * @throws InputError about the first mistake: an unknown key (with the nearest known one) before a bad value
 */
export function checkObject<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  json: unknown,
  source: string,
  place = "",
): z.output<z.ZodObject<Shape, z.core.$strict>> {
  const result = schema.safeParse(json);
  if (result.success) {
    return result.data;
  }
  throw firstError(schema, result.error.issues, json, source, place);
}

function firstError(
  schema: z.ZodObject,
  issues: readonly z.core.$ZodIssue[],
  json: unknown,
  source: string,
  place: string,
): InputError {
  const unknown = issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown !== undefined) {
    const inner = innerObject(schema, json, unknown.path, place);
    return unknownKeyError({ source, prefix: inner.place }, unknown.keys[0] ?? "", Object.keys(inner.schema.shape));
  }
  const path = issues[0]?.path ?? [];
  if (issues[0] === undefined || typeof path[0] !== "string") {
    const at = place === "" ? "" : ` key ${quote(place.replace(/\.$/, ""))}:`;
    return new InputError(`${source}:${at} expected a JSON object, found ${describeValue(json)}`);
  }
  const inner = innerObject(schema, json, path.slice(0, -1), place);
  const key = String(path[inner.depth]);
  const value = isRecord(inner.json) ? inner.json[key] : undefined;
  const expected = inner.schema.shape[key]?.description ?? issues[0].message;
  return keyError(source, `${inner.place}${key}`, expected, value, nearestOption(issues[0], value));
}

/** The innermost object on a path into another one; a list and its elements belong to the list's key. */
function innerObject(schema: z.ZodObject, json: unknown, path: readonly PropertyKey[], place: string) {
  let inner = { schema, json, place, depth: 0 };
  for (const key of path.map(String)) {
    const next = inner.schema.shape[key];
    if (!(next instanceof z.ZodObject)) break;
    const value = isRecord(inner.json) ? inner.json[key] : undefined;
    inner = { schema: next, json: value, place: `${inner.place}${key}.`, depth: inner.depth + 1 };
  }
  return inner;
}

function nearestOption(issue: z.core.$ZodIssue, value: unknown): string {
  if (typeof value !== "string") return "";
  const choices = issue.code === "invalid_union" ? issue.errors.flat() : [issue];
  const words = choices.flatMap((choice) => (choice.code === "invalid_value" ? choice.values.map(String) : []));
  return didYouMean(value, words);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
