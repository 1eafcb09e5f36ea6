/** Step 4: the native addon, build/weight_search.node. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { SetupFailure } from "./failure.mjs";
import { filesUnder, fingerprint, readStamp } from "./fingerprint.mjs";
import { headerStamps } from "./headers.mjs";
import { run, worthReading } from "./run.mjs";
import { say } from "./say.mjs";

/** What one compiler takes at its peak on LibTorch's headers, rounded up. */
const COMPILER_BYTES = 2 * 2 ** 30;

/** Builds the addon, unless it was built from these sources, with these headers, against this LibTorch. */
export async function ensureAddon(root, libtorch) {
  const build = join(root, "build");
  const stampPath = join(build, ".setup-stamp.json");
  const stamp = { toolchain: toolchainFingerprint(root, libtorch), sources: sourcesFingerprint(root) };
  const built = readStamp(stampPath);
  const isFresh = built?.toolchain === stamp.toolchain && built?.sources === stamp.sources;
  if (isFresh && existsSync(join(build, "weight_search.node"))) return;

  const jobs = numJobs();
  say(
    `building the native addon against LibTorch ${libtorch.version} in ${libtorch.prefix}, ${jobs} at a time (a minute or two)`,
  );
  if (built?.toolchain !== stamp.toolchain) removeBuilt(build);
  // Now already, so that the next attempt after a failure reuses the objects that did compile.
  writeFileSync(stampPath, JSON.stringify({ toolchain: stamp.toolchain }));
  const log = join(build, "build.log");
  writeFileSync(log, "");
  const options = [`-DLIBTORCH=${libtorch.prefix}`, `-DWARNINGS_AS_ERRORS=${warningsAreErrors() ? "ON" : "OFF"}`];
  const configure = ["-S", root, "-B", build, "-DCMAKE_BUILD_TYPE=Release", ...options];
  for (const args of [configure, ["--build", build, `-j${jobs}`]]) {
    const { ok, output } = await run("cmake", args, { log });
    if (!ok)
      throw new SetupFailure([`The native addon did not build (the whole log is ${log}):`, ...worthReading(output)]);
  }
  if (!existsSync(join(build, "weight_search.node"))) {
    throw new SetupFailure([`CMake ended well but made no build/weight_search.node (its log is ${log})`]);
  }
  writeFileSync(stampPath, JSON.stringify(stamp));
}

/**
 * Removes all that CMake made. It keeps the paths it once found, also those of another LibTorch or of the folder this
 * one was copied from; and make goes by times, so it would not see new headers that are older than the objects.
 */
function removeBuilt(build) {
  const names = readdirSync(build).filter((name) => !name.startsWith("."));
  for (const name of names) rmSync(join(build, name), { recursive: true });
}

/** Everything CMake's configuration depends on besides the sources. Exported for tests. */
export function toolchainFingerprint(root, { prefix, version, library }) {
  const { size, mtimeMs } = statSync(library);
  const versions = ["node-addon-api", "node-api-headers"].map((name) => {
    return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
  });
  const { CXX, CXXFLAGS, CUDACXX, CMAKE_GENERATOR } = process.env;
  return fingerprint(
    [],
    [
      ...[root, prefix, version, size, mtimeMs, headerStamps(), versions],
      ...[CXX, CXXFLAGS, CUDACXX, CMAKE_GENERATOR, warningsAreErrors()],
    ],
  );
}

/** Whether a warning of the compiler fails the build: in CI, which sets this variable. */
function warningsAreErrors() {
  return !["", "0", "false"].includes(process.env.CI ?? "");
}

function sourcesFingerprint(root) {
  return fingerprint(["CMakeLists.txt", "cmake", "native"].flatMap((name) => filesUnder(join(root, name))));
}

/** As many compilers as cores, but no more than fit into memory. */
function numJobs() {
  // A container's own limit; 0 or a huge number means there is none.
  const limitBytes = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  const fitting = Math.floor(Math.min(totalmem(), limitBytes) / COMPILER_BYTES);
  return Math.max(1, Math.min(availableParallelism(), fitting));
}
