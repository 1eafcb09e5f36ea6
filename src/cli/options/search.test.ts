import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveStage, type SearchFlags, searchPolicy } from "./search.js";

const q = { quantizeNetwork: true };

test("a search without a value set is one bit by bit, from stage 0 on", () => {
  assert.equal(resolveStage(q), 0);
  assert.equal(resolveStage({ ...q, activeBit: 3, stages: 2 }), 3);
  assert.equal(resolveStage({ ...q, soft: true, quantizeFirstLayer: true, quantizeLastLayer: true }), 0);
});

test("a search over a value set and a float network have no stage", () => {
  assert.equal(resolveStage({ ...q, quantJson: "1b", soft: true }), null);
  assert.equal(resolveStage({}), null);
});

const IDLE: readonly [flags: SearchFlags, typed: string][] = [
  [{ quantJson: "1b" }, "--quant-json"],
  [{ quantizeFirstLayer: true }, "--quantize-first-layer"],
  [{ quantizeLastLayer: true }, "--quantize-last-layer"],
  [{ soft: true }, "--soft"],
  [{ activeBit: 0 }, "--active-bit"],
  [{ stages: 1 }, "--stages"],
];
for (const [flags, typed] of IDLE) {
  test(`${typed} without -q is an error`, () => {
    assert.throws(() => resolveStage(flags), {
      name: "InputError",
      message: `option ${typed} says how weights are searched: expected -q/--quantize-network with it`,
    });
  });
}

for (const [flags, typed] of [
  [{ activeBit: 0 }, "--active-bit"],
  [{ stages: 2 }, "--stages"],
] as const) {
  test(`${typed} with a value set is an error`, () => {
    assert.throws(() => resolveStage({ ...q, quantJson: "[-1,1]", ...flags }), {
      name: "InputError",
      message: `option ${typed} searches bit by bit, without a value set: expected no --quant-json with it, received "[-1,1]"`,
    });
  });
}

test("what is searched: a stage's values or the set, in the middle layers unless asked otherwise", () => {
  const middle = { firstLayer: false, lastLayer: false };
  assert.deepEqual(searchPolicy(q, 0), { values: [-1, 1], ...middle });
  assert.deepEqual(searchPolicy(q, 2), { values: [1, 0.5], ...middle });
  assert.deepEqual(searchPolicy({ ...q, quantJson: "po2-2b", quantizeLastLayer: true }, null), {
    values: [-1, -0.5, 0.5, 1],
    firstLayer: false,
    lastLayer: true,
  });
  assert.deepEqual(searchPolicy({ ...q, quantizeFirstLayer: true }, 0)?.firstLayer, true);
  assert.equal(searchPolicy({}, null), null);
});
