import { spawnSync } from "node:child_process";

/** A Python that imports torch. */
export interface Python {
  readonly executable: string;
  readonly torch: string;
}

/**
 * The Python of the peer: `$PYTHON`, else the first of /usr/bin/python3 and python3 that imports torch. Returned as a
 * sentence when there is none.
 */
export function findPython(): Python | string {
  const asked = process.env["PYTHON"];
  const candidates = asked ? [asked] : ["/usr/bin/python3", "python3"];
  for (const executable of candidates) {
    const { status, stdout } = spawnSync(executable, ["-c", "import torch; print(torch.__version__)"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (status === 0) return { executable, torch: stdout.trim() };
  }
  return `no peer: ${candidates.join(" and ")} cannot import torch${asked ? " ($PYTHON)" : ""}`;
}

/** Whether two versions name the same release; Debian's 1.13.1 calls itself 1.13.0 in C++ and 1.13.0a0 in Python. */
export function sameRelease(left: string, right: string): boolean {
  const release = (version: string) => /^\d+\.\d+\.\d+/.exec(version)?.[0] ?? version;
  return release(left) === release(right);
}
