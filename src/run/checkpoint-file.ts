import { createHash } from "node:crypto";
import { closeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { encodeSafetensors, readSafetensors, type SafetensorsEntry } from "../formats/safetensors.js";
import { writeFileAtomic } from "../system/atomic-file.js";
import { fileError } from "../system/file-error.js";
import { fileSizeBytes, openFile, readBytes } from "../system/random-access.js";
import { readTextFile } from "../system/text-file.js";
import { found } from "../text/describe.js";
import { InputError } from "../text/errors.js";
import { jsonText } from "../text/json.js";
import { JsonFields } from "../text/json-fields.js";
import { parseUniqueKeys } from "../text/json-keys.js";
import { parseProgress, type RunProgress } from "./progress.js";

/**
 * A checkpoint: everything that determines the rest of a run, in two files. `<name>.safetensors` holds the tensors;
 * `<name>.json`, the manifest, holds the run's progress and size and SHA-256 of the tensors' file, and ends with the
 * SHA-256 of its own JSON before that key. It is written last: if it exists, the checkpoint is complete.
 */

const FORMAT = "weight-search checkpoint";

/** The format's version; versions from 1 on are read, newer ones are refused. */
export const CHECKPOINT_VERSION = 1;

const MANIFEST_SUFFIX = ".json";
const TENSORS_SUFFIX = ".safetensors";

const BLOCK_BYTES = 8 * 2 ** 20;

/** A checkpoint in memory. */
export interface Checkpoint {
  readonly progress: RunProgress;
  /** The training state, by name. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

/**
 * Writes a checkpoint atomically and flushes it to disk: `path` is its manifest's, ending in `.json`.
 * @throws InputError for a system error; then there is no manifest, or still the previous one
 */
export function writeCheckpoint(path: string, { progress, tensors }: Checkpoint): void {
  const chunks = encodeSafetensors(tensors, { format: FORMAT });
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  const file = tensorsFile(path);
  writeFileAtomic(file, chunks);
  const manifest = {
    format: FORMAT,
    version: CHECKPOINT_VERSION,
    tensors: { file: basename(file), sizeBytes, sha256: hash.digest("hex") },
    progress,
  };
  writeFileAtomic(path, [Buffer.from(`${signed(JSON.parse(jsonText(manifest)))}\n`)]);
}

/** The file of a checkpoint's tensors, by its manifest's. */
export function tensorsFile(path: string): string {
  return join(dirname(path), basename(path, MANIFEST_SUFFIX) + TENSORS_SUFFIX);
}

/**
 * Reads a checkpoint and checks every byte of it.
 * @throws InputError naming the file and what is wrong with it: not a checkpoint, of a newer version, damaged, cut off
 */
export function readCheckpoint(path: string): Checkpoint {
  const manifest = readManifest(path);
  const { progress, tensors } = { progress: manifest.object("progress"), tensors: manifest.object("tensors") };
  const file = tensorsFile(path);
  if (tensors.string("file") !== basename(file)) {
    throw new InputError(`${path}: tensors: file: expected ${basename(file)}, found ${found(tensors.string("file"))}`);
  }
  const sha256 = tensors.string("sha256");
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new InputError(`${path}: tensors: sha256: expected 64 hexadecimal digits, found ${found(sha256)}`);
  }
  checkFile(file, { sizeBytes: tensors.integer("sizeBytes", 0), sha256 });
  return { progress: parseProgress(progress, `${path}: progress`), tensors: readSafetensors(file).tensors };
}

function readManifest(path: string): JsonFields {
  const text = readTextFile(path, "a checkpoint's manifest");
  const fields = new JsonFields(parseUniqueKeys(text, path, "a checkpoint's JSON"), path);
  if (fields.string("format") !== FORMAT) {
    throw new InputError(`${path}: format: expected ${found(FORMAT)}, found ${found(fields.string("format"))}`);
  }
  const version = fields.integer("version", 1);
  if (version > CHECKPOINT_VERSION) {
    throw new InputError(
      `${path}: version: expected at most ${CHECKPOINT_VERSION}, found ${version}: a newer weight-search wrote it`,
    );
  }
  const sha256 = fields.string("sha256");
  if (!isSigned(text, sha256)) {
    throw new InputError(
      `${path}: sha256: expected the checksum of the rest of the file, found ${found(sha256)}: it is damaged`,
    );
  }
  return fields;
}

/** Serializes an object to JSON with the SHA-256 of its JSON as the last key. */
function signed(value: object): string {
  const json = JSON.stringify(value);
  return json.slice(0, -1) + signature(createHash("sha256").update(json).digest("hex"));
}

function signature(sha256: string): string {
  return `,"sha256":"${sha256}"}`;
}

/** Whether a text is a result of `signed`. */
function isSigned(text: string, sha256: string): boolean {
  const json = text.trimEnd();
  const end = signature(sha256);
  if (!json.endsWith(end)) return false;
  return (
    createHash("sha256")
      .update(`${json.slice(0, -end.length)}}`)
      .digest("hex") === sha256
  );
}

function checkFile(path: string, expected: { readonly sizeBytes: number; readonly sha256: string }): void {
  const file = openFile(path, "the tensors of a checkpoint");
  try {
    const sizeBytes = fileSizeBytes(file);
    if (sizeBytes !== expected.sizeBytes) {
      throw new InputError(`${path}: expected ${expected.sizeBytes} bytes, as its manifest says, found ${sizeBytes}`);
    }
    const hash = createHash("sha256");
    for (let begin = 0; begin < sizeBytes; begin += BLOCK_BYTES) {
      hash.update(readBytes(file, begin, Math.min(begin + BLOCK_BYTES, sizeBytes), path));
    }
    const sha256 = hash.digest("hex");
    if (sha256 !== expected.sha256) {
      throw new InputError(
        `${path}: expected SHA-256 ${expected.sha256}, as its manifest says, found ${sha256}: the file is damaged`,
      );
    }
  } catch (error) {
    throw fileError(path, "the tensors of a checkpoint that can be read", error);
  } finally {
    closeSync(file);
  }
}
