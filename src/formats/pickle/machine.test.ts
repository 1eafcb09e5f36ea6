import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InputError } from "../../text/errors.js";
import { PickleMachine } from "./machine.js";
import type { PickleItem, PickleRules } from "./rules.js";

/** What a function of the rules was asked for. */
class Asked {
  constructor(readonly what: unknown[]) {}
}

type Item = PickleItem<string, Asked>;

const onlyNeeded: PickleRules<string, Asked> = {
  maxOperations: 20,
  isWholeFile: false,
  findGlobal: (module, name) => new Asked(["global", module, name]),
  call: (callee, args, spendBytes) => {
    spendBytes(5);
    return new Asked(["call", callee, args]);
  },
  setState: (target, state) => {
    if (target instanceof Asked) target.what.push("state", state);
  },
  asKey: (value) => `${value}`,
};

const all: PickleRules<string, Asked> = {
  ...onlyNeeded,
  makeObject: (type, args) => new Asked(["object", type, args]),
  findPersistent: (id) => new Asked(["persistent", id]),
  ignoresItems: (target) => target instanceof Asked,
  makeLongInteger: () => new Asked(["long"]),
};

function run(text: string, rules: PickleRules<string, Asked>): Item {
  return new PickleMachine(Buffer.from(text, "latin1"), rules).run();
}

function fails(text: string, rules: PickleRules<string, Asked>, message: RegExp): void {
  assert.throws(
    () => run(text, rules),
    (error) => error instanceof InputError && message.test(error.message),
  );
}

describe("PickleMachine", () => {
  it("leaves objects to the rules", () => {
    const named = new Asked(["global", "m", "f"]);
    assert.deepEqual(run("cm\nf\n.", all), named);
    assert.deepEqual(run("\x8c\x01m\x8c\x01f\x93.", all), named);
    assert.deepEqual(run("cm\nf\n)R.", all), new Asked(["call", named, []]));
    assert.deepEqual(run("cm\nf\nK\x01\x85\x81.", all), new Asked(["object", named, [1]]));
    assert.deepEqual(run("K\x07Q.", all), new Asked(["persistent", 7]));
    assert.deepEqual(run("cm\nf\nK\x02b.", all), new Asked(["global", "m", "f", "state", 2]));
    assert.deepEqual(run("}K\x01K\x02s.", all), new Map([["1", 2]]));
    assert.deepEqual(run("cm\nf\nK\x01K\x02s.", all), named);
    assert.deepEqual(run(`\x8a\x09${"\x00".repeat(9)}.`, all), new Asked(["long"]));
    assert.equal(run(`\x8a\x08\x01${"\x00".repeat(7)}.`, all), 1);
  });

  it("refuses what the rules leave out", () => {
    fails("cm\nf\n)\x81.", onlyNeeded, /^opcode 0x81 \(NEWOBJ\) is not read$/);
    fails("K\x07Q.", onlyNeeded, /^opcode 0x51 \(BINPERSID\) is not read$/);
    fails("cm\nf\nK\x01K\x02s.", onlyNeeded, /^expected a dictionary and its items$/);
    fails(`\x8a\x09${"\x00".repeat(9)}.`, onlyNeeded, /^expected an integer of at most 8 bytes, found 9$/);
  });

  it("refuses what the rules refuse, by name", () => {
    const rules = { ...all, refused: new Set([0x55, 0x4b]) };
    assert.deepEqual(run("U\x00.", all), Buffer.alloc(0));
    fails("U\x00.", rules, /^opcode 0x55 \(SHORT_BINSTRING\) is not read$/);
    fails("K\x00.", rules, /^opcode 0x4b is not read$/);
  });

  it("asks for the protocol and the end only of a whole file", () => {
    const whole = { ...all, isWholeFile: true };
    assert.equal(run("\x80\x05N.", whole), null);
    fails("N.", whole, /^expected it to start with byte 0x80 .* found byte 0x4e$/);
    fails("\x80\x06N.", whole, /^expected protocol 2 to 5, found 6$/);
    fails("\x80\x02N.N", whole, /^expected the file to end here, found 1 bytes more$/);
    for (const text of ["N.", "\x80\x06N.", "\x80\x02N.N"]) assert.equal(run(text, all), null);
  });

  it("bounds opcodes and the bytes that the rules copy", () => {
    assert.equal(run(`${"\x80\x02".repeat(18)}N.`, all), null);
    fails(`${"\x80\x02".repeat(19)}N.`, all, /^expected at most 20 opcodes$/);
    const call = "cm\nf\n)R";
    assert.ok(run(`${call}.`, all) instanceof Asked);
    fails("NNRNRNR.", all, /^it repeats more text than the file holds$/);
  });

  it("tells where the pickle ended", () => {
    const machine = new PickleMachine(Buffer.from("K\x01.K\x02."), all);
    assert.deepEqual([machine.run(), machine.end], [1, 3]);
  });

  it("tells where it stopped", () => {
    const machine = new PickleMachine(Buffer.from("K\x01Nt."), all);
    assert.throws(() => machine.run(), /^InputError: expected a mark, found none$/);
    assert.equal(machine.offset, 3);
  });
});
