import assert from "node:assert/strict";
import { test } from "node:test";
import { networks } from "../../models/registry.js";
import { imagesOrShare, integer, number } from "../../text/kinds.js";
import { flagValue, NETWORK_NAMES } from "./parsers.js";

test("--help names every network, without loading them", () => {
  assert.deepEqual(NETWORK_NAMES.split(", ").sort(), [...networks.keys()].sort());
});

test("a number of images, or a share of them", () => {
  const images = flagValue("--n", imagesOrShare);
  assert.deepEqual(["1", "5000", "0.1", ".5", "1e3"].map(images), [1, 5000, 0.1, 0.5, 1000]);
  for (const text of ["", "0", "0.0", "-1", "1.5", "-0.1", "Infinity", "1e16", "10%"]) {
    assert.throws(() => images(text), {
      name: "InputError",
      message: `option --n: expected a whole number of images >= 1, or a share between 0 and 1, received "${text}"`,
    });
  }
});

test("numbers are decimal, whatever else JavaScript takes for one", () => {
  const bounded = flagValue("--t", number({ min: 0.5, max: 1e3 }));
  assert.deepEqual(["1", "+1", "1.", ".5", "1e2", "1E+2"].map(bounded), [1, 1, 1, 0.5, 100, 100]);
  for (const text of ["", " ", "0x1", "0b1", "1_0", "Infinity", "NaN", "[1]", "1,5", "1e", ".", "٣", "1e4", "-1"]) {
    assert.throws(() => bounded(text), {
      name: "InputError",
      message: `option --t: expected a number from 0.5 to 1000, received "${text}"`,
    });
  }
  const whole = flagValue("--n", integer(1));
  assert.deepEqual(["1", "007", "9007199254740991"].map(whole), [1, 7, 2 ** 53 - 1]);
  for (const text of ["", "0", "+1", "1.0", "1e3", "0x1", " 1", "١", "9007199254740993"]) {
    assert.throws(() => whole(text), { name: "InputError", message: /--n: expected a whole number >= 1, received/ });
  }
});
