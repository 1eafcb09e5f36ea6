import assert from "node:assert/strict";
import { test } from "node:test";
import { type Failure, failureText, firstCause } from "./first-cause.js";

function failure(rank: number, code: number | NodeJS.Signals, endedMs: number, wasKilled = false): Failure {
  const how = typeof code === "number" ? { code, signal: null } : { code: null, signal: code };
  return { rank, processId: 100 + rank, ...how, startError: null, endedMs, wasKilled };
}

function cause(...failures: readonly [Failure, ...Failure[]]): number {
  return firstCause(failures).rank;
}

test("the first failure is the cause", () => {
  assert.equal(cause(failure(3, 1, 0)), 3);
  assert.equal(cause(failure(1, 1, 0), failure(0, 1, 0)), 1);
  assert.equal(cause(failure(1, 2, 0), failure(0, "SIGSEGV", 1)), 1);
  assert.equal(cause(failure(1, "SIGABRT", 0), failure(0, 2, 1)), 1);
});

test("a peer's exit code 1 may be seen a moment before what brought it about", () => {
  assert.equal(cause(failure(0, 1, 0), failure(1, "SIGSEGV", 5)), 1);
  assert.equal(cause(failure(0, 1, 0), failure(2, 1, 1), failure(1, 2, 200)), 1);
  assert.equal(cause(failure(0, 1, 0), failure(1, "SIGSEGV", 201)), 0);
  assert.equal(cause(failure(0, 1, 0), failure(1, 2, 201)), 0);
});

test("memory that runs out may be seen much later, when it is released", () => {
  assert.equal(cause(failure(0, 1, 0), failure(1, "SIGKILL", 4000)), 1);
  assert.equal(cause(failure(0, 1, 0), failure(1, "SIGKILL", 10_000, true)), 0);
});

test("what the launcher requested is no cause", () => {
  assert.equal(cause(failure(0, 1, 0), failure(1, "SIGTERM", 1), failure(2, 143, 2), failure(3, 130, 3)), 0);
});

test("a failure is described by its signal, or by its last line", () => {
  assert.equal(failureText(failure(1, "SIGKILL", 0), "error: no"), "rank 1 (process 101) was killed by SIGKILL");
  assert.equal(failureText(failure(1, 2, 0), "error: option -a: no"), "rank 1 ended with exit code 2: option -a: no");
  assert.equal(failureText(failure(1, 3, 0), "note: error: no"), "rank 1 ended with exit code 3: note: error: no");
  assert.equal(failureText(failure(1, 1, 0), ""), "rank 1 (process 101) ended with exit code 1");
  const noStart = { ...failure(1, 1, 0), processId: null, code: null, startError: "spawn node EAGAIN" };
  assert.equal(failureText(noStart, ""), "rank 1 could not be started: spawn node EAGAIN");
});
