import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes a folder for scratch files: in memory where there is such a place, since every input is written to a file. */
export function makeScratch(name: string): string {
  try {
    return mkdtempSync(`/dev/shm/weight-search-${name}-`);
  } catch {
    return mkdtempSync(join(tmpdir(), `weight-search-${name}-`));
  }
}
