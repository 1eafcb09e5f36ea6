import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("./support/kernel-results.js", import.meta.url));

function run(extra: NodeJS.ProcessEnv): { kernels: string; results: Record<string, string> } {
  return JSON.parse(execFileSync(process.execPath, [SCRIPT], { encoding: "utf8", env: { ...process.env, ...extra } }));
}

// All sets are compiled from the same lines without contracting a multiplication and an addition into one rounding, and
// every lane is worked out by itself: so vectors of any width give the same bits.
test("the kernels for all instruction sets give the same bits", (t) => {
  const baseline = run({ WEIGHT_SEARCH_KERNELS: "baseline" });
  assert.equal(baseline.kernels, "baseline");
  const best = run({}).kernels;
  if (best === "baseline") return t.skip("this processor has no AVX2");
  for (const kernels of best === "avx512" ? ["avx2", "avx512"] : ["avx2"]) {
    const chosen = run({ WEIGHT_SEARCH_KERNELS: kernels });
    assert.equal(chosen.kernels, kernels);
    assert.deepEqual(chosen.results, baseline.results);
  }
});

test("a set of kernels that there is not is an error", () => {
  assert.throws(
    () => run({ WEIGHT_SEARCH_KERNELS: "sse" }),
    /WEIGHT_SEARCH_KERNELS: expected baseline, avx2 or avx512, found "sse"/,
  );
});
