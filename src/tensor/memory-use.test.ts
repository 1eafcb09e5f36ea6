import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { zeros } from "./create.js";
import { memoryUse } from "./runtime.js";
import { scope } from "./tensor.js";

const MEBIBYTE = 2 ** 20;
const floatsIn = (mebibytes: number) => (mebibytes * MEBIBYTE) / 4;

test("the memory of a freed tensor serves the next one, also a somewhat smaller one", () => {
  const start = memoryUse();
  scope(() => {
    zeros([floatsIn(8)]);
    assert.equal(memoryUse().live, start.live + 8 * MEBIBYTE);
  });
  const after = memoryUse();
  assert.equal(after.live, start.live);
  assert.ok(after.idle >= 8 * MEBIBYTE);
  for (const size of [8, 7, 5, 8]) {
    scope(() => {
      zeros([floatsIn(size)]);
      const { live, idle } = memoryUse();
      assert.equal(live + idle, after.live + after.idle);
    });
  }
  assert.deepEqual(memoryUse(), after);
});

test("idle memory is bounded by what was in use at once", () => {
  // No cached block fits the next size, so each is mapped again.
  for (let size = 1; size <= 64; size *= 2.5) scope(() => zeros([Math.ceil(floatsIn(size * 4))]));
  const { live, idle, peakLive } = memoryUse();
  assert.ok(live + idle <= Math.max(64 * MEBIBYTE, 1.5 * peakLive), `${live} + ${idle} of ${peakLive}`);
});

test("small tensors are not counted", () => {
  scope(() => {
    const before = memoryUse();
    zeros([1000]);
    assert.deepEqual(memoryUse(), before);
  });
});

/** Loads the addon with an environment variable and prints the memory in use with a tensor of 1 MiB. */
function underSetting(name: string, value: string) {
  const create = JSON.stringify(new URL("./create.js", import.meta.url).href);
  const runtime = JSON.stringify(new URL("./runtime.js", import.meta.url).href);
  const program = `
    const { zeros } = await import(${create});
    const { memoryUse } = await import(${runtime});
    const kept = zeros([2 ** 18]);
    console.log(memoryUse().live);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { ...process.env, [name]: value },
  });
  return { printed: stdout.trim(), stderr };
}

test("with the system's allocator freed memory goes back to the system", () => {
  const [create, tensors] = ["./create.js", "./tensor.js"].map((path) =>
    JSON.stringify(new URL(path, import.meta.url).href),
  );
  const program = `
    const { ones } = await import(${create});
    const { scope } = await import(${tensors});
    scope(() => ones([1]));
    const before = process.memoryUsage.rss();
    scope(() => Array.from({ length: 12 }, () => ones([4 * 2 ** 20])) && undefined);
    console.log((process.memoryUsage.rss() - before) / 2 ** 20);`;
  const keptMebibytes = (allocator: string) => {
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
      env: { ...process.env, WEIGHT_SEARCH_ALLOCATOR: allocator },
    });
    assert.match(stdout, /^-?[\d.]+\n$/, stderr);
    return Number(stdout);
  };
  // 192 MiB are freed; of itself glibc keeps at most 64.
  assert.ok(keptMebibytes("system") < 100);
  assert.ok(keptMebibytes("caching") > 150);
});

test("the system's allocator can be selected; another value is an error", () => {
  assert.equal(underSetting("WEIGHT_SEARCH_ALLOCATOR", "caching").printed, String(MEBIBYTE));
  assert.equal(underSetting("WEIGHT_SEARCH_ALLOCATOR", "system").printed, "0");
  const { stderr } = underSetting("WEIGHT_SEARCH_ALLOCATOR", "jemalloc");
  assert.match(stderr, /WEIGHT_SEARCH_ALLOCATOR: expected caching or system, found "jemalloc"/);
});
