import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { test } from "node:test";
import fc from "fast-check";
import { PrefixedLines } from "./prefixed-lines.js";

const KIB = 1024;

/** Holds what was written, write by write. */
class Collector extends Writable {
  readonly writes: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.writes).toString("utf8");
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk);
    done();
  }
}

/** What comes out of chunks that come in. */
async function forwarded(...chunks: readonly (string | Uint8Array)[]): Promise<string> {
  const destination = new Collector();
  const lines = new PrefixedLines(destination, "[rank 0] ");
  for (const chunk of chunks) lines.input.write(chunk);
  lines.input.end();
  await finished(lines.input);
  return destination.text;
}

/** Writes a chunk and waits until its lines are through. */
function through(lines: PrefixedLines, chunk: string | Uint8Array): Promise<unknown> {
  return new Promise((resolve) => lines.input.write(chunk, resolve));
}

test("every line has the prefix, however it comes in", async () => {
  assert.equal(await forwarded("one\ntwo\n"), "[rank 0] one\n[rank 0] two\n");
  assert.equal(await forwarded("o", "ne", "\nt", "wo\n"), "[rank 0] one\n[rank 0] two\n");
  assert.equal(await forwarded("\n\n"), "[rank 0] \n[rank 0] \n");
  assert.equal(await forwarded(), "");
});

test("a last line without a newline gets one", async () => {
  assert.equal(await forwarded("one\ntwo"), "[rank 0] one\n[rank 0] two\n");
});

test("characters that chunks cut are put together; bytes that are no characters stay as they are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), fc.integer({ min: 1, max: 7 }), async (texts, size) => {
      const whole = texts.map((text) => text.replaceAll("\n", " "));
      const bytes = Buffer.from(whole.map((line) => `${line}\n`).join(""));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      assert.equal(await forwarded(...chunks), whole.map((line) => `[rank 0] ${line}\n`).join(""));
    }),
    { numRuns: 50 },
  );
  const destination = new Collector();
  new PrefixedLines(destination, "> ").input.write(Buffer.of(0xff, 0x80, 0x0a));
  assert.deepEqual(Buffer.concat(destination.writes), Buffer.of(0x3e, 0x20, 0xff, 0x80, 0x0a));
});

test("a line of 64 KiB is kept, a longer one is split between characters", async () => {
  const whole = "x".repeat(64 * KIB);
  assert.equal(await forwarded(`${whole}\n`), `[rank 0] ${whole}\n`);
  assert.equal(await forwarded(`${whole}y\nz`), `[rank 0] ${whole}\n[rank 0] y\n[rank 0] z\n`);
  assert.equal(await forwarded(whole, whole, "y"), `[rank 0] ${whole}\n[rank 0] ${whole}\n[rank 0] y\n`);
  // The 64th KiB ends in the middle of a character.
  const text = `x${"😀".repeat(40 * KIB)}`;
  const broken = await forwarded(text);
  assert.doesNotMatch(broken, /\ufffd/);
  assert.equal(broken.replaceAll("\n", "").replaceAll("[rank 0] ", ""), text);
  assert.ok(broken.split("\n").every((line) => Buffer.byteLength(line) <= 64 * KIB + "[rank 0] ".length));
  // No character begins anywhere.
  const noText = await forwarded(Buffer.alloc(65 * KIB, 0x80));
  assert.equal(noText.split("\n").length, 3);
});

test("what ends no line is kept up to a bound", async () => {
  const destination = new Collector();
  const lines = new PrefixedLines(destination, "");
  for (let chunk = 0; chunk < 100; chunk++) await through(lines, Buffer.alloc(10_000, 0x61));
  const written = destination.text.replaceAll("\n", "").length;
  assert.ok(written >= 1e6 - 64 * KIB, `${written}`);
});

test("lines of several sources are not mixed, each in a single write", () => {
  const destination = new Collector();
  const [first, second] = ["[rank 0] ", "[rank 1] "].map((prefix) => new PrefixedLines(destination, prefix));
  first?.input.write("on");
  second?.input.write("tw");
  first?.input.write("e\n");
  second?.input.write("o\n");
  assert.deepEqual(destination.writes.map(String), ["[rank 0] one\n", "[rank 1] two\n"]);
});

test("it takes no more than its buffer while the destination is busy", async () => {
  const waiting: (() => void)[] = [];
  let received = 0;
  const slow = new Writable({
    write(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      waiting.push(done);
    },
  });
  const lines = new PrefixedLines(slow, "");
  const line = `${"x".repeat(999)}\n`;
  let taken = 0;
  while (lines.input.write(line) && taken < 1000) taken++;
  assert.ok(taken < 100, `${taken} kB`);
  assert.equal(received, 1000);
  lines.input.end();
  const over = finished(lines.input);
  while (received < (taken + 1) * 1000) {
    waiting.shift()?.();
    await new Promise(setImmediate);
  }
  waiting.shift()?.();
  await over;
});

test("a destination that fails stops nothing: what cannot be written is dropped", async () => {
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
  let errors = 0;
  broken.on("error", () => errors++);
  const lines = new PrefixedLines(broken, "");
  for (let i = 0; i < 5; i++) lines.input.write("line\n");
  lines.input.end();
  await finished(lines.input);
  assert.equal(errors, 1);
});

test("muted, it writes nothing more", async () => {
  const destination = new Collector();
  const lines = new PrefixedLines(destination, "");
  lines.input.write("one\n");
  lines.mute();
  lines.input.write("two\nth");
  lines.input.end();
  await finished(lines.input);
  assert.equal(destination.text, "one\n");
  assert.equal(lines.lastLine, "th");
});

test("the last line that is not blank is remembered", async () => {
  const lines = new PrefixedLines(new Collector(), "> ");
  assert.equal(lines.lastLine, "");
  await through(lines, "first\nerror: sec");
  assert.equal(lines.lastLine, "first");
  await through(lines, "ond \r\n \n\n");
  assert.equal(lines.lastLine, "error: second");
  lines.input.write("third");
  lines.input.end();
  await finished(lines.input);
  assert.equal(lines.lastLine, "third");
});
