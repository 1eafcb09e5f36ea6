// npm run reproduce -- DATA [RUN…]: trains the first epoch of each published run again, by the command of RESULTS.md, and compares its
// row of result.csv with the committed one to 1e-3. DATA is what the commands call DATA; without a RUN, all of results/published.
import { statSync } from "node:fs";
import { join } from "node:path";
import { findRuns } from "../../src/run/find-runs.js";
import { readRun } from "../../src/run/read-run.js";
import { ROOT } from "../support/command.js";
import { type Outcome, prepareRerun, type Rerun, rerun } from "./rerun.js";

const [data, ...given] = process.argv.slice(2);
if (data === undefined || statSync(data, { throwIfNoEntry: false })?.isDirectory() !== true) {
  const found = data === undefined ? "" : `: found no folder ${JSON.stringify(data)}`;
  fail(
    `usage: npm run reproduce -- DATA [RUN…] (DATA: the folder of the data set that the runs were trained on)${found}`,
  );
}
// All are read before the first is trained.
const runs = readRuns(given.length > 0 ? given : [join(ROOT, "results", "published")], data);
const counts = { same: 0, differs: 0, "not compared": 0 };
for (const { name, prepared } of runs) {
  const { status, text } = "status" in prepared ? prepared : await rerun(prepared);
  counts[status] += 1;
  console.log(`${name}: ${status}: ${text}`);
}
console.log(`${counts.same} the same, ${counts.differs} differ, ${counts["not compared"]} not compared`);
// Nothing compared is no proof of anything.
process.exitCode = counts.differs > 0 || counts.same === 0 ? 1 : 0;

function readRuns(paths: readonly string[], data: string): { name: string; prepared: Rerun | Outcome }[] {
  try {
    return findRuns(paths)
      .map((path) => readRun(path))
      .map((run) => ({ name: run.name, prepared: prepareRerun(run, data) }));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
