/** Step 4: the native addon, build/weight_search.node. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { SetupFailure } from "./failure.mjs";
import { filesUnder, fingerprint, readStamp } from "./fingerprint.mjs";
import { headerStamps } from "./headers.mjs";
import { findNodeHeaders } from "./node-headers.mjs";
import { run, worthReading } from "./run.mjs";
import { say } from "./say.mjs";

/** What one compiler takes at its peak on LibTorch's headers, rounded up. */
const COMPILER_BYTES = 2 * 2 ** 30;

/**
 * Builds the addon, unless it was built from these sources, with these headers, against this LibTorch.
 *
 * @param {string} root the folder of this package
 * @param {{ prefix: string, version: string, library: string }} libtorch
 * @param {{ warningsAreErrors?: boolean, mustLoad?: boolean }} [options] `mustLoad`: one that is up to date but does not
 *   load is built again; to see that takes a second
 * @returns {Promise<boolean>} whether it was built
 */
export async function ensureAddon(root, libtorch, { warningsAreErrors = false, mustLoad = false } = {}) {
  const build = join(root, "build");
  const addon = join(build, "weight_search.node");
  const stampPath = join(build, ".setup-stamp.json");
  const stamp = {
    toolchain: toolchainFingerprint(root, libtorch),
    sources: sourcesFingerprint(root),
    warningsAreErrors,
  };
  const built = readStamp(stampPath);
  if (isUpToDate(built, stamp) && existsSync(addon)) {
    const problem = mustLoad ? loadProblem(addon) : undefined;
    if (problem === undefined) return false;
    say(`the native addon does not load (${problem})`);
    removeBuilt(build);
  }

  const jobs = numJobs();
  const minutes = jobs < 8 ? "some minutes" : "a minute or two";
  say(
    `building the native addon against LibTorch ${libtorch.version} in ${libtorch.prefix}, ${jobs} at a time (${minutes})`,
  );
  if (built?.toolchain !== stamp.toolchain || wasConfiguredElsewhere(root, build)) removeBuilt(build);
  // Now already, so that the next attempt after a failure reuses the objects that did compile.
  writeFileSync(stampPath, JSON.stringify({ toolchain: stamp.toolchain }));
  const log = join(build, "build.log");
  writeFileSync(log, "");
  const options = [
    `-DLIBTORCH=${libtorch.prefix}`,
    `-DNODE_HEADERS=${findNodeHeaders(root).folders.join(";")}`,
    `-DWARNINGS_AS_ERRORS=${warningsAreErrors ? "ON" : "OFF"}`,
  ];
  const configure = ["-S", root, "-B", build, "-DCMAKE_BUILD_TYPE=Release", ...options];
  for (const args of [configure, ["--build", build, `-j${jobs}`]]) {
    const { ok, output } = await run("cmake", args, { log });
    if (!ok)
      throw new SetupFailure([`The native addon did not build (the whole log is ${log}):`, ...worthReading(output)]);
  }
  if (!existsSync(addon)) {
    throw new SetupFailure([`CMake ended well but made no build/weight_search.node (its log is ${log})`]);
  }
  const problem = loadProblem(addon);
  if (problem !== undefined) {
    throw new SetupFailure([`The native addon was built, but does not load: ${problem} (the whole log is ${log})`]);
  }
  writeFileSync(stampPath, JSON.stringify(stamp));
  return true;
}

/**
 * Whether what `built` describes serves where `stamp` is wanted. One that was built with warnings as errors serves where they
 * need not be. Exported for tests.
 */
export function isUpToDate(built, { toolchain, sources, warningsAreErrors }) {
  return built?.toolchain === toolchain && built.sources === sources && (built.warningsAreErrors || !warningsAreErrors);
}

/**
 * Removes all that CMake made. It keeps the paths it once found, also those of another LibTorch or of the folder this
 * one was copied from; and make goes by times, so it would not see new headers that are older than the objects.
 */
function removeBuilt(build) {
  const names = readdirSync(build).filter((name) => !name.startsWith("."));
  for (const name of names) rmSync(join(build, name), { recursive: true });
}

/** Whether the build folder is a copy of another's: CMake refuses to configure it. */
function wasConfiguredElsewhere(root, build) {
  const cache = join(build, "CMakeCache.txt");
  if (!existsSync(cache)) return false;
  return /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, "utf8"))?.[1] !== root;
}

/** Everything CMake's configuration depends on besides the sources. */
function toolchainFingerprint(root, { prefix, version, library }) {
  const { size, mtimeMs } = statSync(library);
  const { CXX, CXXFLAGS, CUDACXX, CMAKE_GENERATOR } = process.env;
  return fingerprint(
    root,
    [],
    [
      ...[prefix, version, size, mtimeMs, headerStamps(), findNodeHeaders(root).versions],
      ...[CXX, CXXFLAGS, CUDACXX, CMAKE_GENERATOR],
    ],
  );
}

function sourcesFingerprint(root) {
  return fingerprint(
    root,
    ["CMakeLists.txt", "cmake", "native"].flatMap((name) => filesUnder(join(root, name))),
  );
}

/** Why the addon does not load, in one line; undefined if it does. In another process, since loading one cannot be undone. */
function loadProblem(addon) {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith("WEIGHT_SEARCH_"));
  const { status, signal, stderr } = spawnSync(process.execPath, ["-e", "require(process.argv[1])", addon], {
    encoding: "utf8",
    env: Object.fromEntries(env),
  });
  if (status === 0) return undefined;
  const problem = /^\w*Error: (.*)$/m.exec(stderr)?.[1];
  return problem?.replace(`${addon}: `, "") ?? signal ?? `exit code ${status}`;
}

/** As many compilers as cores, but no more than fit into memory. */
function numJobs() {
  // A container's own limit; 0 or a huge number means there is none.
  const limitBytes = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  const fitting = Math.floor(Math.min(totalmem(), limitBytes) / COMPILER_BYTES);
  return Math.max(1, Math.min(availableParallelism(), fitting));
}
