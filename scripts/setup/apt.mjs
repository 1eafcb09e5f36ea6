/** Debian's and Ubuntu's packages, where this user may install them without being asked for a password. */
import { spawnSync } from "node:child_process";
import { isOnPath, run } from "./run.mjs";

/**
 * What to put before apt-get to install packages (nothing for root); undefined where that is not allowed, by the system or
 * by the person (`mayInstall`).
 */
export function aptPrefix({ mayInstall }) {
  if (!mayInstall || !isOnPath("apt-get")) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = isOnPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;
  return sudo ? ["sudo", "-n"] : undefined;
}

/** Fetches the package lists: a fresh container has none. */
export function updateLists(prefix) {
  return aptGet(prefix, ["update"]);
}

/** Installs packages without those they merely recommend: Debian's torch recommends hundreds of megabytes. */
export function installDebian(prefix, packages) {
  return aptGet(prefix, ["install", "-y", "--no-install-recommends", ...packages]);
}

/** Whether a package is installed. */
export function isInstalled(name) {
  const { stdout } = spawnSync("dpkg-query", ["-s", name], { encoding: "utf8" });
  return /^Status: .* installed$/m.test(stdout ?? "");
}

/** The version apt would install, without epoch and revision; undefined if the distribution has none. */
export function candidateVersion(name) {
  const env = { ...process.env, LC_ALL: "C" };
  const { stdout } = spawnSync("apt-cache", ["policy", name], { encoding: "utf8", env });
  return /Candidate: (?:\d+:)?(\d+[\d.]*)/.exec(stdout ?? "")?.[1];
}

function aptGet(prefix, args) {
  // env(1), because sudo drops the environment. The timeout waits for an automatic upgrade to finish.
  const words = [
    ...prefix,
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-o",
    "DPkg::Lock::Timeout=300",
    ...args,
  ];
  return run(words[0], words.slice(1));
}
