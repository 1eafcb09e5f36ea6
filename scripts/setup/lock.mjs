/** One set-up at a time in a folder: two compilers writing the same object files would corrupt them. */
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupFailure } from "./failure.mjs";
import { say } from "./say.mjs";

const SILENT_MS = 1000;
const POLL_MS = 100;

/**
 * Waits until no other live process holds the lock file, then holds it until this process exits.
 *
 * The file says who its owner is. It appears whole, by a hard link, so no one ever reads a half-made lock.
 *
 * @param {string} path
 */
export async function takeLock(path) {
  const mine = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(mine, describe(process.pid));
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code)) throw error;
    throw new SetupFailure(
      [`${dirname(path)} cannot be written to: run this as the user who installed the package.`],
      2,
    );
  }
  try {
    for (let waitedMs = 0; !take(mine, path); waitedMs += POLL_MS) {
      const owner = ownerOf(path);
      if (owner !== undefined && !isAlive(owner)) breakLock(path, owner);
      else await sleep(POLL_MS);
      if (waitedMs === SILENT_MS) say(`waiting for another set-up here to end (its lock is ${path})`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  process.on("exit", () => rmSync(path, { force: true }));
}

/** A process by its id and, where /proc tells, its start time: a container gives out the same few ids again. */
function describe(pid) {
  try {
    // "pid (name) state …": the name may hold anything, so count from its closing bracket; the start is field 22.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return `${pid}`;
  }
}

function isAlive(owner) {
  const pid = Number.parseInt(owner, 10);
  if (existsSync("/proc/self/stat")) return existsSync(`/proc/${pid}`) && describe(pid) === owner;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process cannot be signalled, but it is alive.
    return error.code === "EPERM";
  }
}

function take(mine, path) {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined once the owner has let go. */
function ownerOf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Removes a dead owner's lock. Another waiter may do so first and take it: then what was moved is put back. */
function breakLock(path, deadOwner) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (ownerOf(aside) !== deadOwner) take(aside, path);
  rmSync(aside, { force: true });
}
