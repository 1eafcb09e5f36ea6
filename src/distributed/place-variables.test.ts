import assert from "node:assert/strict";
import { test } from "node:test";
import { processPlace } from "./environment.js";
import { placeVariables } from "./place-variables.js";

test("a process reads its place from what the launcher sets, whatever was set before", () => {
  const machines = { machines: 2, machineRank: 1, localWorldSize: 3, masterAddress: "node0" };
  const leftOver = { TORCHELASTIC_USE_AGENT_STORE: "True", LOCAL_RANK: "7", RANK: "x", MASTER_PORT: "0" };
  const place = { ...leftOver, ...placeVariables(machines, 2, 29501, 4) };
  assert.deepEqual(processPlace(place), {
    rank: 5,
    worldSize: 6,
    localRank: 2,
    localWorldSize: 3,
    masterAddress: "node0",
    masterPort: 29501,
    restartCount: 4,
    storeGeneration: 0,
    hostsStore: false,
  });
  assert.deepEqual([place.GROUP_RANK, place.WEIGHT_SEARCH_LAUNCHER_PID], ["1", String(process.pid)]);
  const first = { ...leftOver, ...placeVariables({ ...machines, machineRank: 0 }, 0, 29501, 0) };
  assert.equal(processPlace(first)?.hostsStore, true);
});

test("a single process gets a world size of 1", () => {
  const machines = { machines: 1, machineRank: 0, localWorldSize: 1, masterAddress: "127.0.0.1" };
  assert.equal(processPlace(placeVariables(machines, 0, 1, 0)), null);
});
