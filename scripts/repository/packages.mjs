/** Step 1: the npm packages of package-lock.json. */
import { join } from "node:path";
import { SetupFailure } from "../setup/failure.mjs";
import { readStamp } from "../setup/fingerprint.mjs";
import { run, worthReading } from "../setup/run.mjs";
import { say } from "../setup/say.mjs";

/** Installs the packages, unless what npm last put into node_modules is what the lock file asks for. */
export async function ensurePackages(root) {
  if (areInstalled(root)) return;
  say("installing the npm packages (npm ci)");
  // .npmrc says it too, but a setting of the environment would go over that: no package runs code when it is installed.
  const { ok, output } = await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: root });
  if (!ok) throw new SetupFailure(["npm ci failed:", ...worthReading(output, 12)]);
}

/**
 * Compares the lock file with npm's own record of what it installed. So an `npm install` by hand counts too.
 * An optional package (another platform's) may be missing; whatever is there must be the one that was locked.
 */
function areInstalled(root) {
  const wanted = readStamp(join(root, "package-lock.json"))?.packages ?? {};
  const present = readStamp(join(root, "node_modules/.package-lock.json"))?.packages;
  if (!present) return false;
  const isSame = (path) =>
    present[path].version === wanted[path]?.version && present[path].integrity === wanted[path]?.integrity;
  return (
    Object.keys(present).every(isSame) &&
    Object.entries(wanted).every(([path, { optional }]) => path === "" || optional || path in present)
  );
}
