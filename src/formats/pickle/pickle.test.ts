import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { InputError } from "../../text/errors.js";
import { readPickle } from "./pickle.js";
import { NumpyArray, readInteger } from "./values.js";

function read(text: string) {
  return readPickle(Buffer.from(text, "latin1"), "file");
}

function fails(text: string, message: RegExp): void {
  assert.throws(
    () => read(text),
    (error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /^file: not a Python pickle of plain data: [^\n]* \(byte \d+\)$/);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe("readPickle", () => {
  it("reads plain values", () => {
    const cases: [string, unknown][] = [
      ["N", null],
      ["\x88", true],
      ["\x89", false],
      ["K\xff", 255],
      ["M\x01\x02", 513],
      ["J\xfe\xff\xff\xff", -2],
      ["\x8a\x02\x00\x80", -32768],
      ["\x8a\x00", 0],
      ["G\x3f\xf8\x00\x00\x00\x00\x00\x00", 1.5],
      ["X\x02\x00\x00\x00\xc3\xa9", "é"],
      ["\x8c\x01a", "a"],
      ["\x8d\x01\x00\x00\x00\x00\x00\x00\x00a", "a"],
    ];
    for (const [body, expected] of cases) assert.equal(read(`\x80\x02${body}.`), expected);
  });

  it("reads byte strings as they are, whatever the bytes", () => {
    const all = Uint8Array.from({ length: 255 }, (_, i) => i + 1);
    const text = Buffer.from(all).toString("latin1");
    for (const opcode of [
      "U\xff",
      "C\xff",
      "T\xff\x00\x00\x00",
      "B\xff\x00\x00\x00",
      "\x96\xff\x00\x00\x00\x00\x00\x00\x00",
    ]) {
      assert.deepEqual(Buffer.from(read(`\x80\x05${opcode}${text}.`) as Uint8Array), Buffer.from(all));
    }
  });

  it("reads nested containers, the memo, and lists that hold themselves", () => {
    assert.deepEqual(read("\x80\x02(K\x01K\x02K\x03t."), [1, 2, 3]);
    assert.deepEqual(
      read("\x80\x02}(\x8c\x01a]K\x01aU\x01bK\x02\x85u."),
      new Map([
        ["a", [1]],
        ["b", [2]],
      ]),
    );
    assert.deepEqual(read("\x80\x02]q\x05h\x05r\x00\x01\x00\x00j\x00\x01\x00\x00\x87."), [[], [], []]);
    const cycle = read("\x80\x04]\x94h\x00a.") as unknown[];
    assert.equal(cycle[0], cycle);
  });

  it("reads integer arrays and numbers of NumPy", () => {
    const array = read(
      "\x80\x04\x8c\x12numpy.core.numeric\x8c\x0b_frombuffer\x93(C\x04\xff\xff\x01\x00cnumpy\ndtype\n\x8c\x02i2\x85R" +
        "(K\x03\x8c\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tbK\x02\x85\x8c\x01CtR.",
    );
    assert.ok(array instanceof NumpyArray);
    assert.deepEqual(
      [0, 1].map((index) => readInteger(array.dtype, array.bytes, index)),
      [-1, 1],
    );
    assert.equal(read("\x80\x02cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\x02u2\x85RU\x02\x01\x02\x86R."), 513);
    const big = "cnumpy\ndtype\nU\x02u2\x85R(K\x03U\x01>tb";
    assert.equal(read(`\x80\x02cnumpy.core.multiarray\nscalar\n${big}U\x02\x01\x02\x86R.`), 258);
  });

  it("names the function that it does not run", () => {
    fails("\x80\x02cos\nsystem\nU\x02id\x85R.", /Python's "os\.system", .* not run/);
    fails("\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", /"builtins\.eval"/);
    fails("\x80\x02c__builtin__\ngetattr\n.", /"__builtin__\.getattr"/);
    fails("\x80\x02cnumpy\nload\n.", /"numpy\.load"/);
    fails("\x80\x02cnumpy\nndarray\n)R.", /expected a call of a function, found one of numpy\.ndarray/);
  });

  it("names the opcode that it does not read", () => {
    fails("\x80\x02Pid\n.", /opcode 0x50 \(PERSID\)/);
    fails("\x80\x02(ios\nsystem\n.", /opcode 0x69 \(INST\)/);
    fails("\x80\x02NQ.", /opcode 0x51 \(BINPERSID\)/);
    fails("\x80\x02cnumpy\ndtype\n)\x81.", /opcode 0x81 \(NEWOBJ\)/);
    fails("\x80\x02\x82\x01.", /opcode 0x82 \(EXT1\)/);
    fails("\x80\x05\x97.", /opcode 0x97 \(NEXT_BUFFER\)/);
    fails("\x80\x02\xff.", /opcode 0xff is not read/);
  });

  it("refuses what is not a pickle of protocol 2 to 5", () => {
    fails("", /found an empty file/);
    fails("(dp1\n.", /expected it to start with byte 0x80/);
    fails("\x1f\x8b\x08", /found byte 0x1f/);
    fails("\x80\x06N.", /expected protocol 2 to 5, found 6/);
  });

  it("checks lengths before it reads", () => {
    fails("\x80\x02T\xff\xff\xff\xffabc.", /expected 4294967295 bytes more, found 4: the file is cut off/);
    fails("\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc.", /bytes more, found 4/);
    fails("\x80\x02\x8a\xffabc.", /expected an integer of at most 8 bytes, found 255/);
    fails(`\x80\x02c${"a".repeat(1000)}\n\n.`, /expected a line of at most 255 bytes/);
    fails("\x80\x02\x8c\x01\xff.", /expected 1 bytes of UTF-8 text/);
  });

  it("refuses a stack that does not add up", () => {
    fails("\x80\x02.", /expected a value, found none on the stack/);
    fails("\x80\x02K\x01(.", /expected a value, found none on the stack/);
    fails("\x80\x02NNN(\x87.", /expected 3 values, found fewer on the stack/);
    fails("\x80\x02t.", /expected a mark, found none/);
    fails("\x80\x02NN.", /expected one value, found several/);
    fails("\x80\x02N.N", /expected the file to end here, found 1 bytes more/);
    fails("\x80\x02h\x07.", /expected memo 7 to be set before it is used/);
    fails("\x80\x02K\x01K\x02a.", /expected a list to append to/);
    fails("\x80\x02}(K\x01u.", /expected a dictionary and its items/);
    fails("\x80\x02}K\x01K\x02s.", /expected a short text as a dictionary's key/);
    fails("\x80\x02K\x01K\x02b.", /expected the state of an object to be a tuple/);
    fails("\x80\x02K\x01)b.", /expected state only for a NumPy array or element type/);
  });

  it("shows no more of a hostile name than a line has room for", () => {
    const name = "\x1b".repeat(120);
    const shownName = "\\\\u001b".repeat(60);
    fails(`\x80\x02c${name}\n${name}\n.`, new RegExp(`calls Python's "${shownName}…", which`));
    fails(`\x80\x02cnumpy\ndtype\n\x8c\xf0${name}${name}\x85R.`, new RegExp(`found element type "${shownName}…"`));
  });

  it("bounds how much a small file can make", () => {
    fails(`\x80\x02${"(".repeat(2 ** 20)}.`, /expected at most 1048576 opcodes/);
    const text = "a".repeat(200);
    const encode = "h\x00h\x01U\x06latin1\x86R";
    fails(
      `\x80\x02c_codecs\nencode\nq\x00\x8c\xc8${text}q\x01${encode.repeat(100)}.`,
      /repeats more text than the file holds/,
    );
  });

  it("throws only InputError, for any bytes", () => {
    const opcodes = fc.constantFrom(
      ...Buffer.from("NK\x01()]}tseaubRcq\x01h\x01U\x01x\x85\x86\x87\x93\x94.", "latin1"),
    );
    const body = fc.array(fc.oneof(opcodes, fc.nat(255)), { maxLength: 60 });
    fc.assert(
      fc.property(body, (bytes) => {
        try {
          readPickle(Uint8Array.from([0x80, 2, ...bytes]), "file");
        } catch (error) {
          assert.ok(error instanceof InputError, String(error));
        }
      }),
      { numRuns: 5000 },
    );
  });
});
