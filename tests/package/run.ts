/**
 * Does what somebody does who installs the package, the compiler's work included, which takes some minutes: `npm run
 * package:check`. Packs it, installs it with the dependencies that npm's registry has today into an empty folder, sets it up
 * and trains a network for one epoch.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Project, packRepository } from "./project.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-package-"));
try {
  const tarball = packRepository(join(folder, "packed"));
  const project = new Project(join(folder, "project"));
  const commands = [
    ["npm", "install", tarball],
    ["npx", "weight-search", "setup"],
    ["npx", "weight-search", "setup"],
    ["npx", "weight-search", "train", "-d", "synthetic", "--epochs", "1", "-q", "--quant-json", "1b"],
  ];
  for (const [command = "", ...args] of commands) {
    console.log(`$ ${[command, ...args].join(" ")}`);
    const { code, stdout, stderr } = project.run(command, args);
    process.stdout.write(`${stderr}${stdout}`);
    if (code !== 0) {
      process.exitCode = 1;
      break;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
