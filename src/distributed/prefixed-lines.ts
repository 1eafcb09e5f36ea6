import { Writable } from "node:stream";

/** A longer line is split, so that output without newlines does not fill the memory. */
const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = Buffer.from("\n");

/**
 * Writes its input to `destination` line by line, each with a prefix, so that several instances may share one
 * destination without mixing lines. A last line without a newline gets one. Bytes are not changed; a line of more than
 * 64 KiB is split between two UTF-8 characters. It applies back pressure while the destination is busy.
 *
 * Output that cannot be written is dropped; errors of the destination are left to its owner.
 */
export class PrefixedLines {
  /** The input. */
  readonly input: Writable;
  readonly #destination: Writable;
  readonly #prefix: Buffer;
  #begun: Buffer = Buffer.alloc(0);
  #last: Buffer = Buffer.alloc(0);
  #isMuted = false;
  #bytesTaken = 0;

  constructor(destination: Writable, prefix: string) {
    this.#destination = destination;
    this.#prefix = Buffer.from(prefix);
    this.input = new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#take(chunk, done),
      final: (done) => this.#takeRest(done),
    });
  }

  /** The last non-blank line so far, without the prefix; empty if there is none. */
  get lastLine(): string {
    return this.#last.toString("utf8").trim();
  }

  get bytesTaken(): number {
    return this.#bytesTaken;
  }

  /** Drops all further lines. */
  mute(): void {
    this.#isMuted = true;
  }

  #take(chunk: Buffer, done: () => void): void {
    this.#bytesTaken += chunk.length;
    this.#forward(this.#completeLines(chunk), done);
  }

  #takeRest(done: () => void): void {
    const rest = this.#begun;
    this.#begun = Buffer.alloc(0);
    this.#forward(rest.length === 0 ? [] : [rest], done);
  }

  #completeLines(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let rest = Buffer.concat([this.#begun, chunk]);
    while (rest.length > 0) {
      const newline = rest.indexOf(NEWLINE);
      const isBroken = newline > MAX_LINE_BYTES || (newline < 0 && rest.length > MAX_LINE_BYTES);
      if (newline < 0 && !isBroken) break;
      const end = isBroken ? characterStart(rest, MAX_LINE_BYTES) : newline;
      lines.push(rest.subarray(0, end));
      rest = rest.subarray(isBroken ? end : end + 1);
    }
    this.#begun = rest;
    return lines;
  }

  #forward(lines: readonly Buffer[], done: () => void): void {
    this.#last = lines.findLast((line) => line.some((byte) => byte > 0x20)) ?? this.#last;
    if (lines.length === 0 || this.#isMuted) {
      done();
      return;
    }
    const text = Buffer.concat(lines.flatMap((line) => [this.#prefix, line, NEWLINE]));
    this.#destination.write(text, () => done());
  }
}

/** The last position up to `max` that does not split a UTF-8 character; `max` itself if the bytes are not UTF-8. */
function characterStart(bytes: Buffer, max: number): number {
  for (let place = max; place > max - 4; place--) {
    if (((bytes[place] ?? 0) & 0xc0) !== 0x80) return place;
  }
  return max;
}
