import { closeSync, openSync, readSync, writeSync } from "node:fs";

/** How far a child process is, in numbers that outlive it. */
export interface Progress {
  /** The target's place in the list of all. */
  readonly target: number;
  /** The input being worked on. */
  readonly index: number;
  readonly accepted: number;
  readonly refused: number;
  /** Since the target was begun, crashed children included. */
  readonly seconds: number;
}

const FIELDS = 5;

/** A small file in which a child process notes which input it works on, so that a crash or a hang can be traced to it. */
export class ProgressFile {
  readonly #file: number;
  readonly #fields = new Float64Array(FIELDS);

  constructor(path: string, flags: "r" | "w") {
    this.#file = openSync(path, flags);
  }

  write({ target, index, accepted, refused, seconds }: Progress): void {
    this.#fields.set([target, index, accepted, refused, seconds]);
    writeSync(this.#file, this.#fields, 0, this.#fields.byteLength, 0);
  }

  read(): Progress | undefined {
    if (readSync(this.#file, this.#fields, 0, this.#fields.byteLength, 0) < this.#fields.byteLength) return undefined;
    const [target = 0, index = 0, accepted = 0, refused = 0, seconds = 0] = this.#fields;
    return { target, index, accepted, refused, seconds };
  }

  close(): void {
    closeSync(this.#file);
  }
}
