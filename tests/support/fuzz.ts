// Calls the addon with arguments that are often wrong, and exits 0 when each call returned or threw an Error without C++
// backtrace. A child process of tests/fuzz.test.ts and of scripts/fuzz-native.mjs:
//   node fuzz.js SEED FIRST CALLS [FILE [MILLISECONDS]]
// FILE always holds the number of the call that is being made. A call depends on the seed and its number alone: SEED N 1
// makes call N again, and FUZZ_TRACE=1 prints what it is called with. Ends after the calls, or the milliseconds.
import { openSync, writeSync } from "node:fs";
import { addon } from "../../src/tensor/addon.js";
import { scope } from "../../src/tensor/tensor.js";
import { callExport } from "./fuzz/export-calls.js";
import { callKernel } from "./fuzz/kernel-calls.js";
import { callLibtorch, callOurs } from "./fuzz/operator-calls.js";
import { beginCall, pick } from "./fuzz/random.js";

const KINDS = [callLibtorch, callLibtorch, callOurs, callExport, callExport, callKernel, callKernel, callKernel];

const [seed = 1, first = 0, calls = 1000] = process.argv.slice(2).map(Number);
const progress = process.argv[5] === undefined ? undefined : openSync(process.argv[5], "w");
const end = performance.now() + Number(process.argv[6] ?? Number.POSITIVE_INFINITY);

/** What an error must not look like: another thing than an Error, or one that shows C++. */
function isProper(error: unknown): boolean {
  return (
    error instanceof Error && error.message !== "" && !/Exception raised from|frame #|registered at/.test(error.message)
  );
}

addon().setThreads(1);
const counts = { calls: 0, returned: 0, refused: 0 };
for (let call = first; call < first + calls && performance.now() < end; call += 1) {
  if (progress !== undefined) writeSync(progress, String(call).padStart(12), 0);
  beginCall(seed, call);
  scope(() => {
    try {
      pick(KINDS)();
      counts.returned += 1;
    } catch (error) {
      if (!isProper(error)) throw new TypeError(`call ${call} threw ${String(error)}`, { cause: error });
      counts.refused += 1;
    }
  });
  counts.calls += 1;
}
console.log(JSON.stringify({ ...counts, live: addon().liveCount() }));
