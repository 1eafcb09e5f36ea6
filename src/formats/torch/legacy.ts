import { closeSync } from "node:fs";
import { fileError } from "../../system/file-error.js";
import { fileSizeBytes, openFile, readBytes } from "../../system/random-access.js";
import { found } from "../../text/describe.js";
import { InputError } from "../../text/errors.js";
import { legacyRules } from "./legacy-rules.js";
import { findModel, namingFile, type StorageFile, type TorchModel } from "./model.js";
import { readTorchPickle } from "./pickle.js";
import { ITEM_BYTES, type TorchKey, type TorchStorage, type TorchValue } from "./values.js";

/** `MAGIC_NUMBER` of torch/serialization.py, 0x1950a86a20f9469cfc6c, and the end, as its pickle has them. */
const MAGIC = Buffer.from("8a0a6cfc9c46f9206aa850192e", "hex");
/** Where it stands in the pickle: after the protocol and, from protocol 4 on, the length of the frame. */
const MAGIC_OFFSETS = [2, 11];
const PROTOCOL_VERSION = 1001;
const COUNT_BYTES = 8;
/** The pickles, whose length stands nowhere, are looked for in so much of the file's start: what models take, or at most. */
const PICKLE_BYTES = [2 ** 20, 64 * 2 ** 20];

/** Whether a file that starts so is one of `torch.save` before PyTorch 1.6 (but for the tar files of 2016). */
export function isTorchLegacy(start: Uint8Array): boolean {
  return start[0] === 0x80 && MAGIC_OFFSETS.some((at) => MAGIC.equals(start.subarray(at, at + MAGIC.length)));
}

/**
 * Opens what `torch.save` of PyTorch < 1.6 writes, and of later versions with `_use_new_zipfile_serialization=False`,
 * by Python 2 too; runs `body` with the model in it and closes it. One after another stand the pickles of a magic number, the protocol's version, facts of the machine,
 * the object, and the storages' keys; then in the keys' order each storage's number of elements (int64) and elements.
 * Nothing in the file is run.
 *
 * Source: PyTorch's `torch/serialization.py`, `_legacy_load`.
 *
 * @throws InputError naming the file and what is wrong with it
 */
export function withTorchLegacy<Result>(path: string, body: (model: TorchModel) => Result): Result {
  const file = openFile(path, "a file of torch.save");
  try {
    const { value, storages, keys, end } = namingFile(path, () => findPickles(file, path));
    return body(findModel(value, findStorages(file, path, end, keys, storages), path));
  } catch (error) {
    throw fileError(path, "a file of torch.save that can be read", error);
  } finally {
    closeSync(file);
  }
}

interface Pickles {
  readonly value: TorchValue;
  /** What the value's tensors view, by key. */
  readonly storages: ReadonlyMap<string, TorchStorage>;
  /** The storages' keys in the file's order. */
  readonly keys: readonly TorchKey[];
  /** Where in the file the last pickle ends. */
  readonly end: number;
}

function findPickles(file: number, path: string): Pickles {
  const fileBytes = fileSizeBytes(file);
  const [usual = 0, most = 0] = PICKLE_BYTES.map((count) => Math.min(count, fileBytes));
  try {
    return readPickles(readBytes(file, 0, usual, path));
  } catch (error) {
    if (!(error instanceof InputError) || usual === most) throw error;
    return readPickles(readBytes(file, 0, most, path));
  }
}

function readPickles(bytes: Uint8Array): Pickles {
  if (!isTorchLegacy(bytes)) throw new InputError("expected the magic number of torch.save, found other bytes");
  const { rules, storages } = legacyRules();
  let end = 0;
  const next = (): TorchValue => {
    const pickle = readTorchPickle(bytes, end, rules);
    end = pickle.end;
    return pickle.value;
  };
  // The magic number, which was compared as bytes.
  next();
  expectEqual("protocol version", next(), PROTOCOL_VERSION);
  const machine = next();
  expectEqual("little_endian", machine instanceof Map ? machine.get("little_endian") : machine, true);
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new InputError("expected a list of the storages' keys");
  return { value, storages, keys: keys.map(rules.asKey), end };
}

function expectEqual(what: string, value: TorchValue | undefined, expected: number | boolean): void {
  if (value === expected) return;
  // Lists of one list twice, thirty levels deep, are a billion values to print.
  const isPlain = typeof value !== "object" || value === null;
  throw new InputError(`${what}: expected ${expected}, found ${isPlain ? found(value) : "something else"}`);
}

/** Where each storage's bytes are; checks that all are there, as large as the object says, and that nothing follows. */
function findStorages(
  file: number,
  path: string,
  begin: number,
  keys: readonly TorchKey[],
  storages: ReadonlyMap<string, TorchStorage>,
): StorageFile {
  const fileBytes = fileSizeBytes(file);
  const places = new Map<string, { begin: number; end: number }>();
  let offset = begin;
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || places.has(storage.key)) {
      throw new InputError(`${path}: the storages' keys: expected each key of a storage once, found ${found(key)}`);
    }
    const sizeBytes = storage.numElements * ITEM_BYTES[storage.dtype];
    const end = offset + COUNT_BYTES + sizeBytes;
    if (end > fileBytes) {
      throw new InputError(
        `${path}: storage ${found(key)}: expected ${COUNT_BYTES + sizeBytes} bytes, found ${fileBytes - offset}: ` +
          "the file is cut off or damaged",
      );
    }
    const count = Buffer.from(readBytes(file, offset, offset + COUNT_BYTES, path)).readBigInt64LE();
    if (count !== BigInt(storage.numElements)) {
      throw new InputError(`${path}: storage ${found(key)}: expected ${storage.numElements} elements, found ${count}`);
    }
    places.set(storage.key, { begin: offset + COUNT_BYTES, end });
    offset = end;
  }
  if (places.size < storages.size) {
    throw new InputError(`${path}: expected the keys of ${storages.size} storages, found ${places.size}`);
  }
  if (offset < fileBytes) {
    throw new InputError(`${path}: expected the file to end at byte ${offset}, found ${fileBytes - offset} bytes more`);
  }
  const placeOf = (key: string) => places.get(key) ?? { begin: 0, end: 0 };
  return {
    nameOf: (key) => `storage ${key}`,
    sizeBytes: (key) => placeOf(key).end - placeOf(key).begin,
    read: (key) => readBytes(file, placeOf(key).begin, placeOf(key).end, path).buffer,
  };
}
