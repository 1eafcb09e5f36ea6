import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../text/errors.js";
import { parseJson } from "../text/parse-json.js";

const maxMebibytes = 16;
const maxBytes = maxMebibytes * 1024 * 1024;

/**
 * Reads a JSON file: UTF-8, with or without a byte order mark, at most 16 MiB, no key twice in one object.
 *
 * @throws InputError, one line that names `path`, when it cannot be read or is not such a file; a mistake in the JSON
 * is named with its line and column.
 */
export function readJsonFile(path: string): unknown {
  return parseJson(decode(readBytes(path), path), path);
}

function readBytes(path: string): Uint8Array {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    if (fstatSync(descriptor).isDirectory()) {
      throw unreadable(path, "a directory");
    }
    return readUpToLimit(descriptor, path);
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(path, reason(error));
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}

/** Reads in pieces, since a pipe (`<(…)`, /dev/stdin) does not tell its size beforehand. */
function readUpToLimit(descriptor: number, path: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for (;;) {
    const piece = new Uint8Array(64 * 1024);
    const readCount = readSync(descriptor, piece);
    if (readCount === 0) {
      return Buffer.concat(pieces);
    }
    pieces.push(piece.subarray(0, readCount));
    sizeBytes += readCount;
    if (sizeBytes > maxBytes) {
      throw unreadable(path, `more than ${maxMebibytes} MiB`);
    }
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(path, "bytes that are not UTF-8");
  }
}

function unreadable(path: string, found: string): InputError {
  return new InputError(`${path === "" ? '""' : path}: expected a JSON file, found ${found}`);
}

function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const words = new Map([
    ["ENOENT", "no such file"],
    ["ENOTDIR", "no such file"],
    ["EACCES", "a file without read permission"],
    ["EISDIR", "a directory"],
  ]);
  return words.get(code) ?? `an unreadable one (${code})`;
}
