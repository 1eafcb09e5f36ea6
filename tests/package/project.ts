import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, ROOT } from "../support/command.js";

/** A project of somebody who has installed the package. */
export class Project {
  readonly folder: string;

  /** An empty folder, which is made. */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Where the package is once it is installed. */
  get installed(): string {
    return join(this.folder, "node_modules/weight-search");
  }

  /**
   * Puts the package's dependencies there, from this repository, as npm does, beside where the package will be: npm then
   * installs the package without the registry, and with the very versions that the repository's lock file pins.
   */
  copyDependencies(): void {
    const { packages } = JSON.parse(readFileSync(join(ROOT, "node_modules/.package-lock.json"), "utf8")) as {
      packages: Record<string, { dev?: boolean }>;
    };
    for (const [path, { dev = false }] of Object.entries(packages)) {
      if (!dev) cpSync(join(ROOT, path), join(this.folder, path), { recursive: true });
    }
  }

  /** Runs a program in this folder to its end, with nothing of npm's about the repository in its environment. */
  run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Finished {
    const inherited = Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(lifecycle|package|config_local_prefix|config_prefix)|INIT_CWD$|WEIGHT_SEARCH_ADDON$)/.test(name),
    );
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.folder,
      encoding: "utf8",
      // Its notices would stand among the lines of the program.
      env: { ...Object.fromEntries(inherited), npm_config_update_notifier: "false", ...environment },
    });
    if (error !== undefined) throw error;
    return { code: status, stdout, stderr };
  }

  /** Runs one that has to succeed; returns what it wrote to standard output. */
  succeed(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
    const { code, stdout, stderr } = this.run(command, args, environment);
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }
}

/** Packs the repository, as compiled now, into a tarball in `folder`; returns its path. */
export function packRepository(folder: string): string {
  const npm = new Project(folder);
  const name = npm.succeed("npm", ["pack", ROOT, "--silent", "--pack-destination", folder]).trim();
  return join(folder, name);
}
