import { InputError } from "../text/errors.js";

const maxLineBytes = 256;

/**
 * Reads a file's bytes from front to back; numbers are little-endian.
 *
 * Every length is checked against the remaining bytes before it is used (InputError).
 */
export class ByteCursor {
  /** Number of bytes consumed. */
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next `count` bytes, as a view of the file. */
  take(count: number): Uint8Array {
    const start = this.#skip(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** An unsigned integer; of 8 bytes, the nearest double. */
  uint(byteCount: 1 | 2 | 4 | 8): number {
    const start = this.#skip(byteCount);
    if (byteCount === 1) return this.#view.getUint8(start);
    if (byteCount === 2) return this.#view.getUint16(start, true);
    if (byteCount === 4) return this.#view.getUint32(start, true);
    return Number(this.#view.getBigUint64(start, true));
  }

  /** A two's-complement integer of up to 8 bytes, rounded to the nearest double; longer ones are an InputError. */
  int(byteCount: number): number {
    if (byteCount > 8) throw new InputError(`expected an integer of at most 8 bytes, found ${byteCount}`);
    let value = 0n;
    for (const byte of this.take(byteCount).toReversed()) value = (value << 8n) | BigInt(byte);
    return Number(BigInt.asIntN(8 * byteCount, value));
  }

  /** A double, big-endian as pickles have it. */
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#skip(8));
  }

  /** UTF-8 text of `byteCount` bytes; InputError if it is not UTF-8. */
  text(byteCount: number): string {
    const encoded = this.take(byteCount);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoded);
    } catch {
      throw new InputError(`expected ${byteCount} bytes of UTF-8 text`);
    }
  }

  /** A line of at most 255 bytes as Latin-1 text, without its newline, which is consumed too. */
  line(): string {
    const ahead = this.#bytes.subarray(this.offset, this.offset + maxLineBytes);
    const length = ahead.indexOf(0x0a);
    if (length < 0) throw new InputError(`expected a line of at most ${maxLineBytes - 1} bytes`);
    this.offset += length + 1;
    return Buffer.from(ahead.subarray(0, length)).toString("latin1");
  }

  /** Consumes `count` bytes and returns their offset. */
  #skip(count: number): number {
    const start = this.offset;
    const rest = this.#bytes.length - start;
    if (count > rest)
      throw new InputError(`expected ${count} bytes more, found ${rest}: the file is cut off or damaged`);
    this.offset = start + count;
    return start;
  }
}
