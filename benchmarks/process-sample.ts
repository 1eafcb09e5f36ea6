import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a process holds, read from Linux's /proc. */
export interface ProcessSample {
  readonly residentBytes: number;
  readonly fileDescriptors: number;
  readonly threads: number;
}

/** What a process holds at this moment; `null` when it has ended. Linux alone. */
export function sampleProcess(pid: number): ProcessSample | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    const residentBytes = field("VmRSS") * 1024;
    if (!Number.isFinite(residentBytes)) return null;
    return { residentBytes, threads: field("Threads"), fileDescriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

/** Bytes of the files in a folder and below. */
export function folderBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += folderBytes(path);
    // A file may go while this counts.
    else bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
