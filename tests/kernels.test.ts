import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./support/kernel-results.js", import.meta.url));

function run(extra: NodeJS.ProcessEnv): { kernels: string; results: Record<string, string> } {
  return JSON.parse(execFileSync(process.execPath, [SCRIPT], { encoding: "utf8", env: { ...process.env, ...extra } }));
}

// Both sets are compiled from the same lines without contracting a multiplication and an addition into one rounding, and
// every lane is worked out by itself: so vectors of any width give the same bits.
test("the baseline and the AVX2 kernels give the same bits", (t) => {
  const baseline = run({ WEIGHT_SEARCH_KERNELS: "baseline" });
  const chosen = run({});
  assert.equal(baseline.kernels, "baseline");
  if (chosen.kernels === "baseline") return t.skip("this processor has no AVX2");
  assert.deepEqual(baseline.results, chosen.results);
});
