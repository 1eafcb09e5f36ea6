import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";
import { InputError } from "../errors.js";
import { writeFileAtomic, writeWhole } from "./atomic-file.js";
import { fileError } from "./file-error.js";

/**
 * Text files that grow by one line an epoch. A line counts once its newline is on the disk: an end without a newline
 * is a line cut off by a crash, which reading leaves out and appending cuts away.
 */

const NEWLINE = 0x0a;
const BLOCK_BYTES = 4096;
const READ_BYTES = 64 * 2 ** 10;
/** Of more than a hundred thousand epochs; a device may have no end. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * The file's whole lines, without their newlines (`\n` or `\r\n`). Throws InputError when it cannot be read or has more
 * than 64 MiB.
 */
export function readLines(path: string): string[] {
  const lines = readWhole(path).toString("utf8").split("\n").slice(0, -1);
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/** In pieces, since a pipe does not tell its size beforehand. */
function readWhole(path: string): Buffer {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    for (;;) {
      const piece = new Uint8Array(READ_BYTES);
      const count = readSync(file, piece);
      if (count === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, count));
      sizeBytes += count;
      if (sizeBytes > MAX_BYTES) {
        throw new InputError(`${path}: expected a text file of at most ${MAX_BYTES} bytes, found more`);
      }
    }
  } catch (error) {
    throw fileError(path, "a text file that can be read", error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Appends one line, given without its newline, in one write; makes the file, starting with `header` when one is given,
 * if it is missing or holds no whole line. Throws InputError when the system refuses.
 */
export function appendLine(path: string, line: string, header?: string): void {
  let file: number | undefined;
  try {
    file = openSync(path, "a+");
    const sizeBytes = fstatSync(file).size;
    const wholeBytes = endOfLastLine(file, sizeBytes);
    if (wholeBytes < sizeBytes) ftruncateSync(file, wholeBytes);
    const start = wholeBytes === 0 && header !== undefined ? `${header}\n` : "";
    writeWhole(file, Buffer.from(`${start}${line}\n`));
  } catch (error) {
    throw fileError(path, "a file that can be appended to", error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Keeps the first `count` lines and drops the others; does nothing when there are no others. */
export function keepLines(path: string, count: number): void {
  const lines = readLines(path);
  if (lines.length <= count) return;
  const kept = lines.slice(0, count).map((line) => `${line}\n`);
  writeFileAtomic(path, [Buffer.from(kept.join(""))]);
}

/** The number of bytes up to and with the last newline, 0 when there is none. */
function endOfLastLine(file: number, sizeBytes: number): number {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let end = sizeBytes; end > 0; end -= BLOCK_BYTES) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const readBytes = readSync(file, block, 0, end - start, start);
    const newline = block.subarray(0, readBytes).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
  }
  return 0;
}
