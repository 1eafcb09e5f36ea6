// npm run -s golden -- DIR…: replays recorded traces; a DIR is a trace or holds traces. Exits 1 when one differs.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setThreads } from "../../src/tensor/runtime.js";
import { InputError } from "../../src/text/errors.js";
import { reportTrace } from "./report.js";
import { measureTrace } from "./trace.js";

function traceFolders(folder: string): string[] {
  if (existsSync(join(folder, "expected.json"))) return [folder];
  const inside = existsSync(folder)
    ? readdirSync(folder)
        .map((name) => join(folder, name))
        .filter((path) => existsSync(join(path, "expected.json")))
    : [];
  if (inside.length === 0) throw new InputError(`${folder}: expected a folder with expected.json, or a folder of such`);
  return inside.sort();
}

function main(folders: readonly string[]): number {
  if (folders.length === 0) throw new InputError("usage: npm run -s golden -- DIR…");
  setThreads(2);
  let allPassed = true;
  for (const folder of folders.flatMap(traceFolders)) {
    // Row-major images go through LibTorch's operators, channels-last ones through ours.
    for (const memoryFormat of ["contiguous_format", "channels_last"] as const) {
      const { lines, passed } = reportTrace(measureTrace(folder, memoryFormat));
      allPassed &&= passed;
      console.log(`${folder}, ${memoryFormat}: ${passed ? "passed" : "FAILED"} (expected / measured)`);
      for (const line of lines) console.log(line);
    }
  }
  return allPassed ? 0 : 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
