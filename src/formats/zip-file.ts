import { closeSync } from "node:fs";
import { fileError } from "../system/file-error.js";
import { fileSizeBytes, openFile, readBytes } from "../system/random-access.js";
import { found } from "../text/describe.js";
import { InputError } from "../text/errors.js";

// Signatures and sizes of the format's records: PKWARE's APPNOTE.TXT, 4.3.
const END = 0x06054b50;
const END_BYTES = 22;
const END64_LOCATOR = 0x07064b50;
const END64_LOCATOR_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const ZIP64_FIELD = 0x0001;
const MAX_COMMENT_BYTES = 0xffff;
const UNKNOWN16 = 0xffff;
const UNKNOWN32 = 0xffffffff;
const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;

interface Entry {
  readonly headerBegin: number;
  /** In the file. */
  readonly sizeBytes: number;
  /** How it is compressed; 0: it is stored. */
  readonly method: number;
}

interface Directory {
  readonly begin: number;
  readonly sizeBytes: number;
}

/**
 * A zip file, zip64 included, of which stored (uncompressed) entries are read one by one. What its directory says is checked
 * against the file's size when it is opened, so no entry is larger than the file, nor all of them together. Checksums
 * are not compared.
 */
export class ZipFile {
  readonly #file: number;
  readonly #path: string;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(file: number, path: string) {
    this.#file = file;
    this.#path = path;
    this.#entries = readDirectory(file, path);
  }

  /**
   * Opens a file, runs `body` with it and closes it.
   *
   * @throws InputError naming the path when it cannot be read, or is no zip file.
   */
  static use<Result>(path: string, body: (zip: ZipFile) => Result): Result {
    const file = openFile(path, "a zip file");
    try {
      return body(new ZipFile(file, path));
    } catch (error) {
      throw fileError(path, "a zip file that can be read", error);
    } finally {
      closeSync(file);
    }
  }

  get names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** The size of an entry, bytes; undefined when there is none of that name. */
  sizeBytes(name: string): number | undefined {
    return this.#entries.get(name)?.sizeBytes;
  }

  /**
   * An entry's bytes, in a buffer of their own. Throws InputError when there is none, it is compressed, or its header is
   * damaged.
   */
  read(name: string): Uint8Array<ArrayBuffer> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new InputError(`${this.#path}: expected an entry called ${found(name)}, found none`);
    const { headerBegin, sizeBytes, method } = entry;
    if (method !== 0) {
      throw new InputError(
        `${this.#path}: entry ${found(name)}: expected it stored, found compression method ${method}`,
      );
    }
    const header = view(readBytes(this.#file, headerBegin, headerBegin + LOCAL_BYTES, this.#path));
    if (header.getUint32(0, true) !== LOCAL) {
      throw new InputError(`${this.#path}: entry ${found(name)}: expected a local header, found other bytes`);
    }
    const begin = headerBegin + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
    if (begin + sizeBytes > fileSizeBytes(this.#file)) {
      throw new InputError(`${this.#path}: entry ${found(name)}: expected ${sizeBytes} bytes, found the file's end`);
    }
    return readBytes(this.#file, begin, begin + sizeBytes, this.#path);
  }
}

function readDirectory(file: number, path: string): Map<string, Entry> {
  const { begin, sizeBytes } = findDirectory(file, path);
  const fileBytes = fileSizeBytes(file);
  if (begin + sizeBytes > fileBytes || sizeBytes > MAX_DIRECTORY_BYTES) {
    throw new InputError(
      `${path}: zip directory: expected it within the file's ${fileBytes} bytes, found [${begin}, ${begin + sizeBytes})`,
    );
  }
  const directory = view(readBytes(file, begin, begin + sizeBytes, path));
  const entries = new Map<string, Entry>();
  let totalBytes = 0;
  for (let offset = 0; offset < sizeBytes; ) {
    if (sizeBytes - offset < CENTRAL_BYTES || directory.getUint32(offset, true) !== CENTRAL) {
      throw new InputError(`${path}: zip directory: expected an entry at ${begin + offset}, found other bytes`);
    }
    const nameBytes = directory.getUint16(offset + 28, true);
    const extraBytes = directory.getUint16(offset + 30, true);
    const length = CENTRAL_BYTES + nameBytes + extraBytes + directory.getUint16(offset + 32, true);
    if (length > sizeBytes - offset) throw new InputError(`${path}: zip directory: found its end inside an entry`);
    const name = textAt(directory, offset + CENTRAL_BYTES, nameBytes);
    const where = `${path}: entry ${found(name)}`;
    const entry = readEntry(directory, offset, { begin: offset + CENTRAL_BYTES + nameBytes, bytes: extraBytes }, where);
    totalBytes += entry.sizeBytes;
    if (totalBytes > fileBytes || entry.headerBegin + LOCAL_BYTES > fileBytes) {
      throw new InputError(`${where}: expected it within the file's ${fileBytes} bytes, found a larger size or offset`);
    }
    if (entries.has(name)) throw new InputError(`${where}: expected one of that name, found two`);
    entries.set(name, entry);
    offset += length;
  }
  return entries;
}

/** The central directory's place, from the record at the file's end, or from its zip64 twin where that points to one. */
function findDirectory(file: number, path: string): Directory {
  const fileBytes = fileSizeBytes(file);
  const tailBegin = Math.max(0, fileBytes - END_BYTES - MAX_COMMENT_BYTES);
  const tail = view(readBytes(file, tailBegin, fileBytes, path));
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new InputError(`${path}: expected a zip file's end record, found none: the file is cut off`);
  const place = { begin: tail.getUint32(end + 16, true), sizeBytes: tail.getUint32(end + 12, true) };
  if (place.begin !== UNKNOWN32 && place.sizeBytes !== UNKNOWN32 && tail.getUint16(end + 10, true) !== UNKNOWN16) {
    return place;
  }
  const locator = end - END64_LOCATOR_BYTES;
  if (locator < 0 || tail.getUint32(locator, true) !== END64_LOCATOR) return place;
  const begin = uint64(tail, locator + 8);
  if (begin + END64_BYTES > fileBytes) {
    throw new InputError(`${path}: expected a zip64 end record within the file, found it at ${begin}`);
  }
  const record = view(readBytes(file, begin, begin + END64_BYTES, path));
  if (record.getUint32(0, true) !== END64) {
    throw new InputError(`${path}: expected a zip64 end record at ${begin}, found other bytes`);
  }
  return { begin: uint64(record, 48), sizeBytes: uint64(record, 40) };
}

function readEntry(directory: DataView, offset: number, extra: { begin: number; bytes: number }, where: string): Entry {
  const flags = directory.getUint16(offset + 8, true);
  const method = directory.getUint16(offset + 10, true);
  if ((flags & 1) !== 0) throw new InputError(`${where}: expected no encryption, found an encrypted entry`);
  const fields = [24, 20, 42].map((field) => directory.getUint32(offset + field, true));
  const wide = zip64Values(directory, extra);
  // Only the fields that are too large for 32 bits stand in the extra record, in this order.
  const [sizeBytes = 0, storedBytes = 0, headerBegin = 0] = fields.map((field) =>
    field === UNKNOWN32 ? (wide.shift() ?? field) : field,
  );
  if (method === 0 && sizeBytes !== storedBytes) {
    throw new InputError(`${where}: expected as many bytes stored as there are, ${sizeBytes}, found ${storedBytes}`);
  }
  return { headerBegin, sizeBytes: storedBytes, method };
}

function zip64Values(directory: DataView, extra: { begin: number; bytes: number }): number[] {
  const end = extra.begin + extra.bytes;
  for (let field = extra.begin; field + 4 <= end; ) {
    const bytes = directory.getUint16(field + 2, true);
    if (directory.getUint16(field, true) === ZIP64_FIELD && field + 4 + bytes <= end) {
      return Array.from({ length: Math.min(3, Math.floor(bytes / 8)) }, (_, index) =>
        uint64(directory, field + 4 + 8 * index),
      );
    }
    field += 4 + bytes;
  }
  return [];
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** To the nearest double; what is past 2^53 is past every file's size too. */
function uint64(data: DataView, offset: number): number {
  return Number(data.getBigUint64(offset, true));
}

function textAt(data: DataView, offset: number, bytes: number): string {
  return Buffer.from(data.buffer, data.byteOffset + offset, bytes).toString("utf8");
}
