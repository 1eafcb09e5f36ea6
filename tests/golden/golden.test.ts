import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../src/system/package-root.js";
import { threads } from "../../src/tensor/runtime.js";
import { reportTrace } from "./report.js";
import { measureTrace } from "./trace.js";

/** `shared/golden` beside the repository. */
function besideRepository(): string | undefined {
  const found = join(packageRoot(), "..", "shared", "golden");
  return existsSync(found) ? found : undefined;
}

const folder = process.env["WEIGHT_SEARCH_GOLDEN"] ?? besideRepository();

if (folder === undefined) {
  test("golden traces", { skip: "set WEIGHT_SEARCH_GOLDEN to a folder of recorded traces" }, () => undefined);
} else {
  const traces = readdirSync(folder).filter((name) => existsSync(join(folder, name, "expected.json")));
  test(`${folder} holds traces`, () => assert.ok(traces.length > 0));
  for (const name of traces) {
    for (const memoryFormat of ["contiguous_format", "channels_last"] as const) {
      test(`golden trace ${name}, ${memoryFormat}, ${threads()} threads`, () => {
        const { lines, passed } = reportTrace(measureTrace(join(folder, name), memoryFormat));
        assert.ok(passed, lines.join("\n"));
      });
    }
  }
}
