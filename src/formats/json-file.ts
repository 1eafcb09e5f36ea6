import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fileError } from "../system/file-error.js";
import { InputError } from "../text/errors.js";
import { parseJson } from "../text/parse-json.js";

const maxMebibytes = 16;
const maxBytes = maxMebibytes * 1024 * 1024;

/**
 * Reads a JSON file: UTF-8, with or without a byte order mark, at most 16 MiB, no key twice in one object.
 *
 * @throws InputError naming `path` if it cannot be read or is not such a file, with line and column of a syntax error
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
    throw fileError(nameOf(path), "a JSON file", error);
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}

/** Reads in pieces, since the size of a pipe (`<(…)`, /dev/stdin) is not known in advance. */
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
  return new InputError(`${nameOf(path)}: expected a JSON file, found ${found}`);
}

function nameOf(path: string): string {
  return path === "" ? '""' : path;
}
