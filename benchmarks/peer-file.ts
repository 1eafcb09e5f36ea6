import { join } from "node:path";
import { packageRoot } from "../src/system/package-root.js";

/** The path of a Python file of benchmarks/peer. */
export function peerFile(name: string): string {
  return join(packageRoot(), "benchmarks", "peer", name);
}
