import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { unreadable } from "./file-access.js";

const CHUNK_BYTES = 2 ** 20;

/** SHA-256 of a file's content, in lower-case hexadecimal; InputError if it cannot be read. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) hash.update(chunk);
  } catch (error) {
    throw unreadable(path, error);
  }
  return hash.digest("hex");
}
