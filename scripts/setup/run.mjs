/** Runs the programs the set-up needs, quietly: a terminal sees their latest line, a failure shows the ones that count. */
import { spawn } from "node:child_process";
import { accessSync, appendFileSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { showProgress } from "./say.mjs";

/**
 * Runs a program to its end.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, log?: string }} [options] `log`: a file its output is added to
 * @returns {Promise<{ ok: boolean, output: string }>} stdout and stderr together; not `ok` if it could not be started
 */
export function run(command, args, { cwd, log } = {}) {
  return new Promise((settle) => {
    // A process group of its own, so that stopping the set-up also stops the compilers under make.
    const child = spawn(command, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const stop = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It has just ended by itself.
      }
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    let output = "";
    const take = (chunk) => {
      output += chunk;
      if (log) appendFileSync(log, chunk);
      showProgress(
        chunk
          .trimEnd()
          .split(/[\r\n]/)
          .at(-1) ?? "",
      );
    };
    const end = (ok) => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      showProgress("");
      settle({ ok, output });
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", take);
    child.on("error", (error) => {
      output += error.message;
      end(false);
    });
    child.on("close", (code) => end(code === 0));
  });
}

/** The part of a program's output worth reading after a failure: from the first error on, else the end. */
export function worthReading(output, numLines = 30) {
  const lines = output.trimEnd().split("\n");
  const first = lines.findIndex((line) => /\berror[: ]|^E: /i.test(line));
  return first >= 0 ? lines.slice(first, first + numLines) : lines.slice(-numLines);
}

/** Whether `name` is a program on the PATH (or is itself a path to one). */
export function isOnPath(name) {
  const paths = name.includes("/") ? [name] : (process.env.PATH ?? "").split(delimiter).map((dir) => join(dir, name));
  return paths.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}
