import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertNear } from "./support/near.js";

const SCRIPT = fileURLToPath(new URL("./support/kernel-results.js", import.meta.url));

interface Results {
  readonly kernels: string;
  readonly results: Readonly<Record<string, readonly number[]>>;
  readonly hashes: Readonly<Record<string, string>>;
}

function run(extra: NodeJS.ProcessEnv): Results {
  const options = { encoding: "utf8", env: { ...process.env, ...extra }, maxBuffer: 2 ** 28 } as const;
  return JSON.parse(execFileSync(process.execPath, [SCRIPT], options));
}

// All sets are compiled from the same lines, and every lane is worked out by itself. Where there are fused multiply-adds, the
// search's round once instead of twice; resampling must give Pillow's bytes everywhere.
test("the kernels for all instruction sets agree", (t) => {
  const baseline = run({ WEIGHT_SEARCH_KERNELS: "baseline" });
  assert.equal(baseline.kernels, "baseline");
  const best = run({}).kernels;
  if (best === "baseline") return t.skip("this processor has no AVX2");
  const others = best === "avx512" ? ["avx2", "avx512"] : ["avx2"];
  const runs = others.map((kernels) => run({ WEIGHT_SEARCH_KERNELS: kernels }));
  for (const { results, hashes } of runs) {
    assert.deepEqual(hashes, baseline.hashes);
    for (const [name, numbers] of Object.entries(results)) {
      assertNear(numbers, baseline.results[name] ?? [], { absolute: name.startsWith("float64") ? 1e-12 : 3e-5 });
    }
  }
  assert.deepEqual(
    runs.map(({ kernels }) => kernels),
    others,
  );
});

test("a set of kernels that there is not is an error", () => {
  assert.throws(
    () => run({ WEIGHT_SEARCH_KERNELS: "sse" }),
    /WEIGHT_SEARCH_KERNELS: expected baseline, avx2 or avx512, found "sse"/,
  );
});
