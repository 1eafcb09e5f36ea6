import { existsSync, realpathSync, statSync } from "node:fs";
import { createRequire, register } from "node:module";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError, oneLine } from "../text/errors.js";
import { fileError } from "./file-error.js";
import { sha256Of } from "./sha256.js";

/** A file of the user's that was imported, by its path from the root and the SHA-256 of its content. */
export interface UserFile {
  readonly path: string;
  readonly sha256: string;
}

const EXTENSIONS: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs", ".ts", ".mts"]);
const TYPESCRIPT: ReadonlySet<string> = new Set([".ts", ".mts"]);

/** Whether a name is that of a file to import, `./net.js`, rather than that of something built in. */
export function isUserModule(name: string): boolean {
  return EXTENSIONS.has(extname(name));
}

/**
 * Imports a file of the user's, an ES module, and returns its default export. TypeScript is imported where this Node
 * runs it, or where tsx is installed beside the file.
 * @param what what is expected, for messages: "a network"
 * @throws InputError naming the file if it is not there, cannot be imported, or has no default export
 */
export async function loadUserModule(
  name: string,
  what: string,
): Promise<{ readonly value: unknown; readonly file: UserFile }> {
  const path = resolve(name);
  try {
    if (!statSync(path).isFile()) throw new InputError(`${path}: expected a file with ${what}, found a folder`);
  } catch (error) {
    throw fileError(path, `a file with ${what}, as its default export`, error);
  }
  const sha256 = await sha256Of(path);
  const exported = await importFile(path, what);
  if (!("default" in exported)) {
    const names = Object.keys(exported).join(", ") || "nothing";
    throw new InputError(`${path}: expected ${what} as its default export, found only ${names}`);
  }
  return { value: exported["default"], file: { path, sha256 } };
}

let importsOwnPackage = false;

async function importFile(path: string, what: string): Promise<Readonly<Record<string, unknown>>> {
  if (!importsOwnPackage) register("./own-package-hook.js", import.meta.url);
  importsOwnPackage = true;
  try {
    if (TYPESCRIPT.has(extname(path)) && !runsTypeScript()) await useTsx(path);
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    if (isUnknownExtension(error) && TYPESCRIPT.has(extname(path))) {
      throw new InputError(
        `${path}: expected a Node that runs TypeScript (22.18 or newer), or the package tsx beside the file, to import it; ` +
          `found Node ${process.versions.node} and no tsx`,
      );
    }
    throw importError(path, what, error);
  }
}

function runsTypeScript(): boolean {
  return "typescript" in process.features && Boolean(process.features.typescript);
}

/** Lets Node import TypeScript by tsx, if it is installed: before the first try, since Node keeps what came of that. */
async function useTsx(path: string): Promise<void> {
  const api = tsxOf(path);
  if (api === null) return;
  // Not its `tsImport`, which would load this package a second time, with classes of its own.
  const tsx = (await import(pathToFileURL(api).href)) as { register: () => unknown };
  tsx.register();
}

/** Where tsx is installed for a file; `null` where it is not. */
function tsxOf(path: string): string | null {
  for (const from of [realpathSync(path), import.meta.url]) {
    try {
      // `require` finds the CommonJS build, which looks for its parts in the wrong folder; the ES module lies beside it.
      const found = createRequire(from)
        .resolve("tsx/esm/api")
        .replace(/\.cjs$/, ".mjs");
      if (existsSync(found)) return found;
    } catch {
      // Not installed there.
    }
  }
  return null;
}

function isUnknownExtension(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_UNKNOWN_FILE_EXTENSION";
}

/** What went wrong in a file of the user's, with the line where that is known. */
function importError(path: string, what: string, error: unknown): InputError {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  const kind = name === "" || name === "Error" ? "" : `${name}: `;
  const place = lineOf(path, error);
  return new InputError(`${path}${place}: expected ${what} that can be imported, found ${kind}${oneLine(message)}`, {
    cause: error,
  });
}

/** ":12" for line 12 of the file, if the error's stack says so. */
function lineOf(path: string, error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const url = pathToFileURL(path).href;
  const at = stack.indexOf(`${url}:`);
  const line = at < 0 ? undefined : /^\d+/.exec(stack.slice(at + url.length + 1))?.[0];
  return line === undefined ? "" : `:${line}`;
}
