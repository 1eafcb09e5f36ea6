import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type CampaignResult, runCampaign } from "./campaign.js";
import { plantedTargets } from "./planted-targets.js";
import { targets } from "./targets.js";

const folder = mkdtempSync(join(tmpdir(), "fuzz-test-"));
after(() => rmSync(folder, { recursive: true }));

const SEED = 20261124;

test("a short round over every parser finds nothing, and takes some inputs and refuses some", async () => {
  const findings = join(folder, "round");
  const names = targets.map(({ name }) => name);
  const result = await runCampaign({ targets: names, seed: SEED, inputs: 40, seconds: null, findings });
  assert.deepEqual(result.findings, []);
  assert.equal(existsSync(findings), false);
  assert.deepEqual(
    result.targets.map(({ target }) => target),
    names,
  );
  for (const { target, tried, accepted, refused } of result.targets) {
    assert.equal(tried, 40);
    assert.ok(accepted > 0 && refused > 0 && accepted + refused === tried, `${target}: ${accepted} + ${refused}`);
  }
});

function runPlanted(names: readonly string[]): Promise<CampaignResult> {
  return runCampaign({
    targets: names,
    seed: SEED,
    inputs: 200,
    seconds: null,
    findings: join(folder, "planted"),
    hangSeconds: 6,
    maxCrashes: 1,
  });
}

test("every planted defect is found: wrong errors, crashes, hangs, memory and time", async () => {
  const { findings, targets: done } = await runPlanted(plantedTargets.map(({ name }) => name));
  assert.deepEqual(
    done.map(({ target }) => target),
    plantedTargets.map(({ name }) => name),
  );
  const kinds = new Map(findings.map(({ target, kind }) => [target, kind]));
  assert.deepEqual(Object.fromEntries(kinds), {
    "planted-other-error": "error",
    "planted-control-character": "error",
    "planted-unnamed-file": "error",
    "planted-long-message": "error",
    "planted-deep-recursion": "error",
    "planted-memory": "memory",
    "planted-untouched-memory": "memory",
    "planted-slow": "slow",
    "planted-late-error": "error",
    "planted-hang": "hang",
    "planted-crash": "crash",
  });
  for (const { path } of findings) assert.match(readFileSync(path, "latin1"), /^[^g]ood$/);
});

test("the same seed finds the same input, and the saved file shows the defect again", async () => {
  const names = ["planted-other-error"];
  const [first, second] = [await runPlanted(names), await runPlanted(names)];
  assert.deepEqual(first.findings, second.findings);
  const path = first.findings[0]?.path ?? "";
  assert.ok(readdirSync(join(folder, "planted")).includes(path.slice(join(folder, "planted").length + 1)));
  const again = await runCampaign({
    targets: names,
    seed: 0,
    inputs: null,
    seconds: null,
    findings: join(folder, "replay"),
    replay: path,
  });
  assert.equal(again.findings.length, 1);
  assert.match(again.findings[0]?.what ?? "", /^threw TypeError: a\.b is undefined/);
});
