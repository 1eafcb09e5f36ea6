import { quote } from "./describe.js";
import { InputError } from "./errors.js";

const maxDepth = 100;
/** Checking a list of millions of bad values would give millions of issues. */
const maxValues = 100_000;
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const maxNumberLength = 1000;
const literals = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * Parses JSON (RFC 8259) like `JSON.parse`, but reports the line and column of a mistake and rejects a duplicate key in
 * one object, of which `JSON.parse` silently keeps the last.
 *
 * @param source The file or flag the text came from, named in every error.
 * @throws InputError also for more than 100 nested levels or 100,000 values, and for numbers of more than 1000
 *   characters.
 */
export function parseJson(text: string, source: string): unknown {
  return new JsonReader(text, source).readDocument();
}

/** A recursive-descent parser: every `read…` starts at `offset` and advances it past what it read. */
class JsonReader {
  private offset = 0;
  private valueCount = 0;

  constructor(
    private readonly text: string,
    private readonly source: string,
  ) {}

  readDocument(): unknown {
    const value = this.readValue(0);
    this.skipSpace();
    if (this.offset < this.text.length) {
      this.fail("nothing after the JSON value");
    }
    return value;
  }

  private readValue(depth: number): unknown {
    this.skipSpace();
    if (depth > maxDepth) {
      this.fail(`at most ${maxDepth} nested levels`);
    }
    this.valueCount++;
    if (this.valueCount > maxValues) {
      this.fail(`at most ${maxValues} values`);
    }
    const character = this.text.charAt(this.offset);
    if (character === "{") {
      return this.readObject(depth);
    }
    if (character === "[") {
      return this.readArray(depth);
    }
    if (character === '"') {
      return this.readString();
    }
    return /[-\d]/.test(character) ? this.readNumber() : this.readLiteral();
  }

  private readObject(depth: number): unknown {
    const entries = new Map<string, unknown>();
    this.offset++;
    this.skipSpace();
    if (this.take("}")) {
      return {};
    }
    do {
      this.skipSpace();
      const keyOffset = this.offset;
      if (this.text.charAt(keyOffset) !== '"') {
        this.fail("a key in double quotes");
      }
      const key = this.readString();
      if (entries.has(key)) {
        this.failAt(keyOffset, `key ${quote(key)}: expected once in an object, found twice`);
      }
      this.skipSpace();
      if (!this.take(":")) {
        this.fail('":" after a key');
      }
      entries.set(key, this.readValue(depth + 1));
      this.skipSpace();
    } while (this.take(","));
    if (!this.take("}")) {
      this.fail('"," or "}"');
    }
    return Object.fromEntries(entries);
  }

  private readArray(depth: number): unknown[] {
    const elements: unknown[] = [];
    this.offset++;
    this.skipSpace();
    if (this.take("]")) {
      return elements;
    }
    do {
      elements.push(this.readValue(depth + 1));
      this.skipSpace();
    } while (this.take(","));
    if (!this.take("]")) {
      this.fail('"," or "]"');
    }
    return elements;
  }

  private readString(): string {
    const start = this.offset++;
    for (;;) {
      const character = this.text.charAt(this.offset);
      if (character === '"') {
        this.offset++;
        return String(JSON.parse(this.text.slice(start, this.offset)));
      }
      if (character < " ") {
        this.fail(
          character === "" ? "a closing double quote" : "an escape such as \\n in place of a control character",
        );
      }
      this.offset += character === "\\" ? this.escapeLength() : 1;
    }
  }

  private escapeLength(): number {
    const match = /^\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/.exec(this.text.slice(this.offset, this.offset + 6));
    return match?.[0].length ?? this.fail('one of the escapes \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX');
  }

  private readNumber(): number {
    let end = this.offset;
    while (/[-+.\deE]/.test(this.text.charAt(end))) {
      end++;
    }
    const token = this.text.slice(this.offset, end);
    if (token.length > maxNumberLength || !numberPattern.test(token)) {
      this.fail("a JSON number");
    }
    this.offset = end;
    return Number(token);
  }

  private readLiteral(): boolean | null {
    const word = this.nextWord();
    const value = literals.get(word);
    if (value === undefined) {
      this.fail("a JSON value");
    }
    this.offset += word.length;
    return value;
  }

  private take(character: string): boolean {
    const found = this.text.charAt(this.offset) === character;
    this.offset += found ? 1 : 0;
    return found;
  }

  private skipSpace(): void {
    while (/[ \t\n\r]/.test(this.text.charAt(this.offset))) {
      this.offset++;
    }
  }

  /** The word or the single character at `offset`, cut after 20 characters; empty at the end. */
  private nextWord(): string {
    const ahead = this.text.slice(this.offset, this.offset + 20);
    return /^[-+.\w]+|^./su.exec(ahead)?.[0] ?? "";
  }

  private fail(expected: string): never {
    const word = this.nextWord();
    this.failAt(this.offset, `expected ${expected}, found ${word === "" ? "the end of the text" : quote(word)}`);
  }

  private failAt(offset: number, message: string): never {
    const before = this.text.slice(0, offset);
    const line = before.split("\n").length;
    const column = offset - before.lastIndexOf("\n");
    throw new InputError(`${this.source}: line ${line}, column ${column}: ${message}`);
  }
}
