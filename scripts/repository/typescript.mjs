/** Step 5: TypeScript to JavaScript in dist/, mirroring the sources. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { SetupFailure } from "../setup/failure.mjs";
import { filesUnder, fingerprint, readStamp } from "../setup/fingerprint.mjs";
import { run, worthReading } from "../setup/run.mjs";
import { say } from "../setup/say.mjs";

/** The folders tsconfig.json includes. */
const SOURCE_FOLDERS = ["src", "tests", "benchmarks"];

/** Compiles, unless dist/ was made from these sources and is whole; removes what came from sources now gone. */
export async function ensureCompiled(root) {
  const dist = join(root, "dist");
  const stampPath = join(dist, ".setup-stamp.json");
  const sources = SOURCE_FOLDERS.flatMap((name) => filesUnder(join(root, name))).filter((path) => path.endsWith(".ts"));
  const inputs = [...sources, join(root, "tsconfig.json"), join(root, "package-lock.json")];
  const stamp = { inputs: fingerprint(root, inputs.filter(existsSync)) };

  // A test whose source was deleted would otherwise run for ever.
  for (const output of filesUnder(dist)) {
    const source = sourceOf(relative(dist, output));
    if (source && !existsSync(join(root, source))) rmSync(output);
  }
  const isWhole = sources.every((path) => path.endsWith(".d.ts") || existsSync(outputOf(root, path)));
  if (isWhole && readStamp(stampPath)?.inputs === stamp.inputs) return;

  say("compiling TypeScript (tsc)");
  rmSync(stampPath, { force: true });
  // By its own record of earlier runs tsc would not write a missing output again.
  if (!isWhole) rmSync(join(dist, ".tsbuildinfo"), { force: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { ok, output } = await run(process.execPath, [tsc, "--project", root, "--pretty", "false"]);
  if (!ok) throw new SetupFailure(["tsc found errors:", ...worthReading(output)]);
  writeFileSync(stampPath, JSON.stringify(stamp));
}

function outputOf(root, source) {
  return join(root, "dist", relative(root, source).replace(/\.ts$/, ".js"));
}

/** The source a file of dist/ was compiled from; undefined for a file that tsc does not write. */
function sourceOf(output) {
  const stem = /^(.*?)(?:\.js|\.js\.map|\.d\.ts)$/.exec(output)?.[1];
  return stem && `${stem}.ts`;
}
