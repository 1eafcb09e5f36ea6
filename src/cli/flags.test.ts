import assert from "node:assert/strict";
import { test } from "node:test";
import { networks } from "../models/registry.js";
import { NETWORK_NAMES } from "./flags.js";

test("--help names every network, without loading them", () => {
  assert.deepEqual(NETWORK_NAMES.split(", ").sort(), [...networks.keys()].sort());
});
