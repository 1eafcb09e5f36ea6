import { renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { look, reason, unwritable } from "../system/file-access.js";
import { sha256Of } from "../system/sha256.js";
import { shortened } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { requestFile } from "./http-response.js";

/** A file to download, and what it must contain. */
export interface ExpectedFile {
  readonly url: string;
  readonly bytes: number;
  /** SHA-256 of the content, in lower-case hexadecimal. */
  readonly sha256: string;
}

export interface DownloadOptions {
  /** Called as bytes arrive, with the bytes so far and in all. */
  readonly onProgress?: ((bytes: number, totalBytes: number) => void) | undefined;
  /** Time without data after which the download fails; default one minute. */
  readonly stallMilliseconds?: number | undefined;
}

/**
 * Downloads a file, checks it and moves it to `path`: it is there complete or not at all.
 *
 * Bytes received are kept in `<path>.part`; the next call requests the rest, or starts over if the server does not
 * support ranges. Only one process may download to a path at a time.
 *
 * @param path target; its folder must exist
 * @throws InputError if the file cannot be downloaded or written (the part is kept) or has other content (it is
 *   removed)
 */
export async function downloadFile(file: ExpectedFile, path: string, options: DownloadOptions = {}): Promise<void> {
  const part = `${path}.part`;
  const size = look(part)?.size ?? 0;
  const start = size > file.bytes ? 0 : size;
  if (start < file.bytes) await fetchFrom(start, file, path, options);
  const found = await sha256Of(part);
  if (found !== file.sha256) {
    removePart(part);
    throw new InputError(
      `${file.url}: expected a file of SHA-256 ${file.sha256}, found ${found}; the file was removed`,
    );
  }
  try {
    renameSync(part, path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Downloads what follows the first `start` bytes, or everything if the server does not support ranges. */
async function fetchFrom(start: number, file: ExpectedFile, path: string, options: DownloadOptions): Promise<void> {
  const { stallMilliseconds = 60_000 } = options;
  let response: IncomingMessage;
  try {
    response = await requestFile(file.url, { start, stallMilliseconds });
  } catch (error) {
    throw unfetchable(file, path, reason(error));
  }
  try {
    const first = firstByte(response, start);
    if (first === start || first === 0) {
      checkLength(response, first, file);
      await save(response, first, file, path, options);
    } else if (start > 0) {
      response.destroy();
      await fetchFrom(0, file, path, options);
    } else {
      throw unfetchable(
        file,
        path,
        `HTTP status ${response.statusCode} ${shortened(response.statusMessage ?? "")}`.trim(),
      );
    }
  } finally {
    response.destroy();
  }
}

/** Offset in the file at which a response starts; undefined if it holds no usable part of the file. */
function firstByte({ statusCode, headers }: IncomingMessage, start: number): number | undefined {
  if (statusCode === 200) return 0;
  if (statusCode !== 206) return undefined;
  const range = /^bytes (\d+)-/.exec(headers["content-range"] ?? "")?.[1];
  return Number(range) === start ? start : undefined;
}

/** Checks the length first: a gateway's page or another version of the file is not worth downloading. */
function checkLength({ headers }: IncomingMessage, first: number, { url, bytes }: ExpectedFile): void {
  const length = headers["content-length"];
  if (length === undefined || first + Number(length) === bytes) return;
  throw new InputError(`${url}: expected a file of ${bytes} bytes, found one of ${first + Number(length)}`);
}

async function save(
  response: IncomingMessage,
  first: number,
  file: ExpectedFile,
  path: string,
  { onProgress }: DownloadOptions,
): Promise<void> {
  const part = `${path}.part`;
  const handle = await openPart(part, first);
  let done = first;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      done += chunk.length;
      if (done > file.bytes) {
        removePart(part);
        throw new InputError(`${file.url}: expected a file of ${file.bytes} bytes, found more`);
      }
      await append(handle, chunk, part, file);
      onProgress?.(done, file.bytes);
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw cutOff(file, done, reason(error));
  } finally {
    await handle.close();
  }
  if (done < file.bytes) throw cutOff(file, done, "the file ended");
}

async function openPart(part: string, first: number): Promise<FileHandle> {
  try {
    return await open(part, first === 0 ? "w" : "a");
  } catch (error) {
    throw unwritable(part, error);
  }
}

async function append(handle: FileHandle, chunk: Buffer, part: string, { bytes }: ExpectedFile): Promise<void> {
  try {
    await handle.appendFile(chunk);
  } catch (error) {
    throw new InputError(`${unwritable(part, error).message}; ${bytes} bytes are needed`, { cause: error });
  }
}

function removePart(part: string): void {
  try {
    rmSync(part, { force: true });
  } catch (error) {
    throw unwritable(part, error);
  }
}

function unfetchable({ url }: ExpectedFile, path: string, why: string): InputError {
  return new InputError(`${url}: cannot be fetched: ${why}; get it by other means and save it as ${path}`);
}

function cutOff({ url, bytes }: ExpectedFile, done: number, why: string): InputError {
  return new InputError(`${url}: cut off after ${done} of ${bytes} bytes: ${why}; start again to fetch the rest`);
}
