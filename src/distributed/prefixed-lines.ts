import { Writable } from "node:stream";

/** A longer line is broken into several, so that a program that writes no newline does not fill the memory. */
const MAX_LINE_BYTES = 64 * 1024;

const NEWLINE = Buffer.from("\n");

/**
 * Writes what comes in to `destination` line by line, each with a prefix, so that several of these may share one
 * destination: their lines follow each other whole. A last line without a newline gets one. Bytes pass as they are; a
 * line of more than 64 KiB is broken between two characters of UTF-8. It takes no more while the destination is busy.
 *
 * What becomes of a destination that fails is for its owner to say; what cannot be written there is dropped.
 */
export class PrefixedLines {
  /** Where they come in. */
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

  /** The last line so far that is not blank, without the prefix; empty when there is none. */
  get lastLine(): string {
    return this.#last.toString("utf8").trim();
  }

  get bytesTaken(): number {
    return this.#bytesTaken;
  }

  /** From now on, lines are taken and dropped. */
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

/** The last place up to `most` where no character of UTF-8 is cut; `most` itself when these are none. */
function characterStart(bytes: Buffer, most: number): number {
  for (let place = most; place > most - 4; place--) {
    if (((bytes[place] ?? 0) & 0xc0) !== 0x80) return place;
  }
  return most;
}
