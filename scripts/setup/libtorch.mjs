/** Step 2: a LibTorch, a compiler and CMake; from the distribution where that is possible. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findLibtorch, isOlder, OLDEST_VERSION, WAYS_TO_GET_ONE } from "../find-libtorch.mjs";
import { aptPrefix, candidateVersion, installDebian, isInstalled, updateLists } from "./apt.mjs";
import { SetupFailure } from "./failure.mjs";
import { isOnPath, worthReading } from "./run.mjs";
import { say } from "./say.mjs";

/** Shares LibTorch's OpenMP threads. Debian's generic BLAS multiplies matrices 40 times slower. */
const FAST_BLAS = "libopenblas0-openmp";

/**
 * The LibTorch to build against, and every program the build needs.
 *
 * @param {string} root the folder of this package
 * @param {{ mayInstall: boolean }} options whether Debian's packages may be installed, where this user can
 * @returns {Promise<{ prefix: string, version: string, source: string, library: string }>}
 */
export async function ensureLibtorch(root, { mayInstall }) {
  const missingTools = missingBuildTools();
  const libtorch = findLibtorch();
  // A wrong $LIBTORCH is for the person to mend: installing another one would go behind their back.
  if (libtorch.error && process.env.LIBTORCH) throw new SetupFailure([...libtorch.error, ...WAYS_TO_GET_ONE], 2);
  if (!libtorch.error && missingTools.length === 0) {
    await ensureFastBlas(root, libtorch, mayInstall);
    return libtorch;
  }
  const packages = [...missingTools, ...(libtorch.error ? ["libtorch-dev", FAST_BLAS] : [])];
  await installMissing(packages, libtorch.error, mayInstall);
  const installed = findLibtorch();
  if (installed.error) throw new SetupFailure([...installed.error, ...WAYS_TO_GET_ONE], 2);
  await ensureFastBlas(root, installed, mayInstall);
  return installed;
}

/** The Debian packages of the programs that are not there. */
function missingBuildTools() {
  const compilers = process.env.CXX ? [process.env.CXX.split(" ")[0]] : ["c++", "g++", "clang++"];
  return [
    ...(isOnPath("cmake") ? [] : ["cmake"]),
    ...(compilers.some(isOnPath) ? [] : ["g++"]),
    // CMake only recommends make, so a machine can have one without the other.
    ...(isOnPath("make") || process.env.CMAKE_GENERATOR ? [] : ["make"]),
  ];
}

/** Installs packages, or says why it cannot and what the person can do. */
async function installMissing(packages, libtorchError, mayInstall) {
  const tools = packages.filter((name) => !name.startsWith("lib"));
  const lacking = [
    ...(tools.length > 0
      ? [`The build needs ${tools.join(" and ")}: install ${tools.length > 1 ? "them" : "it"}.`]
      : []),
    ...(libtorchError ? [...libtorchError, ...WAYS_TO_GET_ONE] : []),
  ];
  const prefix = aptPrefix({ mayInstall });
  if (!prefix) throw new SetupFailure(lacking, 2);
  say(`installing ${packages.join(", ")} (apt-get, as root${libtorchError ? "; some 200 MB to download" : ""})`);
  const updated = await updateLists(prefix);
  const candidate = libtorchError && candidateVersion("libtorch-dev");
  if (libtorchError && !candidate) {
    const why = updated.ok ? [] : ["apt-get update failed:", ...worthReading(updated.output, 5)];
    throw new SetupFailure([...why, "The distribution's package sources have no libtorch-dev.", ...lacking], 2);
  }
  if (candidate && isOlder(candidate, OLDEST_VERSION)) {
    throw new SetupFailure(
      [`The distribution's libtorch-dev is ${candidate}, older than ${OLDEST_VERSION}.`, ...lacking],
      2,
    );
  }
  const { ok, output } = await installDebian(prefix, packages);
  if (!ok) throw new SetupFailure(["apt-get install failed:", ...worthReading(output, 10), ...lacking], 2);
}

/** Gives Debian's LibTorch a fast BLAS. Without one everything works, slowly, so failing to is only said. */
async function ensureFastBlas(root, { source, library }, mayInstall) {
  const isDebians = source === "system" && library.startsWith("/usr/lib/") && isOnPath("dpkg-query");
  if (!isDebians || isInstalled(FAST_BLAS)) return;
  // Trying again at each run would make every start without a network slow.
  const alreadyTried = join(root, "build/.blas-not-installed");
  const prefix = existsSync(alreadyTried) ? undefined : aptPrefix({ mayInstall });
  if (prefix) {
    say(`installing ${FAST_BLAS} (apt-get, as root), because the generic BLAS is 40 times slower`);
    await updateLists(prefix);
    if ((await installDebian(prefix, [FAST_BLAS])).ok) return;
    mkdirSync(dirname(alreadyTried), { recursive: true });
    writeFileSync(alreadyTried, "");
  }
  say(
    `warning: without ${FAST_BLAS} matrix products are 40 times slower; run \`apt-get install ${FAST_BLAS}\` as root`,
  );
}
