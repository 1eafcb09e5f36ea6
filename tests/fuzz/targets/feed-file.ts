import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Feed } from "../target.js";

/** A feed for a parser of files: each input is written to one file in the folder, and its path handed over. */
export function feedFile(
  folder: string,
  name: string,
  parse: (path: string, input: Uint8Array) => void | Promise<void>,
): Feed {
  const path = join(folder, name);
  return (input) => {
    writeFileSync(path, input);
    return parse(path, input);
  };
}
