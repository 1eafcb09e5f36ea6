import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.js";

/** The command that builds the addon, as a person types it: in a clone, which has sources to compile, or where installed. */
export function setupCommand(): string {
  return existsSync(join(packageRoot(), "tsconfig.json")) ? "npm run setup" : "npx weight-search setup";
}
