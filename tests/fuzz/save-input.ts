import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Saves an input as `<target>.<digest>` in a folder, which is made if need be; returns its path. */
export function saveInput(folder: string, target: string, input: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const digest = createHash("sha256").update(input).digest("hex").slice(0, 12);
  const path = join(folder, `${target}.${digest}`);
  writeFileSync(path, input);
  return path;
}
