import assert from "node:assert/strict";
import { test } from "node:test";
import { cudaDevices, hasCudaKernels, manualSeed, setThreads, threads, versions } from "./runtime.js";

test("threads are set and read", () => {
  const before = threads();
  setThreads(2);
  assert.equal(threads(), 2);
  setThreads(before);
});

test("a number of threads that is none is an error", () => {
  for (const count of [0, -1, 1025, 2 ** 31, 2 ** 53]) {
    assert.throws(() => setThreads(count), /setThreads: argument 'threads': expected 1 to 1024 but received/);
  }
  for (const count of [1.5, Number.NaN, Number.POSITIVE_INFINITY, "2", undefined]) {
    assert.throws(() => setThreads(count as number), /setThreads: argument 'threads': expected an integer/);
  }
});

test("seeds are integers", () => {
  manualSeed(0);
  manualSeed(Number.MAX_SAFE_INTEGER);
  for (const seed of [0.5, Number.NaN, undefined]) {
    assert.throws(() => manualSeed(seed as number), /manualSeed: argument 'seed': expected an integer/);
  }
});

test("versions name LibTorch, the kernels and the JPEG library", () => {
  const { libtorch, kernels, winograd, jpeg, parallel } = versions();
  assert.match(libtorch, /^\d+\.\d+/);
  assert.match(kernels, /^(avx512|avx2|baseline)$/);
  assert.equal(winograd, kernels === "baseline" ? "none" : kernels);
  assert.match(jpeg, /^(libjpeg-turbo \d+\.\d+.*|none)$/);
  assert.match(parallel, /OpenMP/);
});

test("the number of CUDA devices is a count, and kernels for them are there or not", () => {
  assert.ok(Number.isInteger(cudaDevices()) && cudaDevices() >= 0);
  assert.equal(typeof hasCudaKernels(), "boolean");
});
