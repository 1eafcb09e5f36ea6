import assert from "node:assert/strict";
import { test } from "node:test";
import { placeLabel } from "./label-place.js";

const ROOM = { left: 0, right: 400, top: 0, bottom: 200 };

test("a label stands above its dot, on the side with more room", () => {
  assert.deepEqual(placeLabel({ x: 100, y: 100 }, 10, [], ROOM), { x: 96, y: 89, anchor: "start" });
  assert.deepEqual(placeLabel({ x: 300, y: 100 }, 10, [], ROOM), { x: 304, y: 89, anchor: "end" });
});

test("a label stays inside the room", () => {
  assert.deepEqual(placeLabel({ x: 400, y: 3 }, 10, [], ROOM), { x: 400, y: 24, anchor: "end" });
});

test("a label gives way to a line", () => {
  const line = [
    { x: 0, y: 84 },
    { x: 400, y: 84 },
  ];
  assert.equal(placeLabel({ x: 300, y: 100 }, 10, [line], ROOM).y, 121);
});
