import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";
import { writeWhole } from "../system/atomic-file.js";
import { fileError } from "../system/file-error.js";
import { readTextFile } from "../system/text-file.js";

/**
 * Text files that grow by one line an epoch. A line counts once its newline is on the disk: an end without a newline
 * is a line cut off by a crash, which reading leaves out and appending cuts away.
 */

const NEWLINE = 0x0a;
const BLOCK_BYTES = 4096;

/**
 * The file's complete lines, without their newlines (`\n` or `\r\n`). Throws InputError if it cannot be read or has
 * more than 64 MiB.
 */
export function readLines(path: string): string[] {
  const lines = readTextFile(path, "a text file").split("\n").slice(0, -1);
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

/**
 * Appends one line, given without its newline, in one write; makes the file, starting with `header` when one is given,
 * if it is missing or has no complete line. Throws InputError for a system error.
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
