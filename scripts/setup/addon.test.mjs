import assert from "node:assert/strict";
import { dirname } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { toolchainFingerprint } from "./addon.mjs";

const { CI } = process.env;
after(() => {
  if (CI === undefined) delete process.env.CI;
  else process.env.CI = CI;
});

/** The fingerprint of one LibTorch with the environment variable CI set to a value, or unset. */
function fingerprintWith(value) {
  if (value === undefined) delete process.env.CI;
  else process.env.CI = value;
  const file = fileURLToPath(import.meta.url);
  return toolchainFingerprint(dirname(dirname(dirname(file))), { prefix: "/usr", version: "2.0", library: file });
}

test("an addon that was built without warnings as errors is built again in CI", () => {
  const outside = fingerprintWith(undefined);
  for (const value of ["", "0", "false"]) assert.equal(fingerprintWith(value), outside);
  for (const value of ["true", "1"]) assert.notEqual(fingerprintWith(value), outside);
});
