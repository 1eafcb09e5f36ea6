// Below the command line a message names the argument, "`path`: expected …"; which flag that was, the command line
// says.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { summaryCommand } from "../src/cli/commands/summary.js";
import { trainCommand } from "../src/cli/commands/train.js";
import { ROOT } from "./support/command.js";

const LAYERS = ["models", "data", "distributed", "nn", "search", "tensor", "optim", "config", "export", "formats"];

const FLAGS = new Set([
  "--local_rank",
  ...[trainCommand(), summaryCommand()].flatMap(({ options }) => options.flatMap(({ long }) => long ?? [])),
]);

/** The flags of this program that a text names. */
function flagsIn(text: string): string[] {
  return (text.match(/--[a-z][a-z_-]*/g) ?? []).filter((flag) => FLAGS.has(flag));
}

test("a flag in a text is seen", () => {
  assert.deepEqual(flagsIn("-p/--path: expected a folder; --no-such-flag, --local_rank"), ["--path", "--local_rank"]);
});

for (const layer of LAYERS) {
  test(`src/${layer} names no flags`, () => {
    const folder = join(ROOT, "src", layer);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    assert.ok(files.length > 0);
    const named = files.flatMap((name) =>
      flagsIn(readFileSync(join(folder, name), "utf8")).map((flag) => `${name}: ${flag}`),
    );
    assert.deepEqual(named, []);
  });
}
