/**
 * Finds the LibTorch to build against: `$LIBTORCH`, else the one inside python3's torch, else the system's.
 *
 * Run as a program it prints `{ prefix, version, source }` as JSON, which is how CMakeLists.txt asks.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The oldest LibTorch whose headers and operator schemas the addon is written for. */
export const OLDEST_VERSION = "1.13";

const SYSTEM_PREFIXES = ["/usr", "/usr/local", "/opt/homebrew/opt/pytorch", "/usr/local/opt/pytorch"];

/** Where releases have kept the version macros under `include/`: the newest layout first, Debian's 1.13 last. */
const VERSION_HEADERS = ["torch/headeronly/version.h", "torch/version.h", "torch/csrc/api/include/torch/version.h"];

/**
 * The LibTorch to use, or the lines that say why there is none.
 *
 * A wrong or too old `$LIBTORCH` is an error: it was requested explicitly. A python3 or system LibTorch that
 * cannot be used is skipped, and mentioned only if nothing else is found.
 *
 * @param {object} [from] where to look; only tests pass it
 * @param {Record<string, string | undefined>} [from.env] holds `LIBTORCH`
 * @param {() => string | undefined} [from.python] the folder of python3's torch package
 * @param {string[]} [from.systemRoots] prefixes holding `include/` and `lib/`
 * @returns {{ prefix: string, version: string, source: "LIBTORCH" | "python3" | "system", library: string }
 *   | { error: string[] }}
 */
export function findLibtorch({ env = process.env, python = pythonTorch, systemRoots = SYSTEM_PREFIXES } = {}) {
  if (env.LIBTORCH) {
    const found = inspect(resolve(env.LIBTORCH));
    return found.problem
      ? { error: [`$LIBTORCH is ${env.LIBTORCH}, but ${found.problem}`] }
      : accept(found, "LIBTORCH");
  }
  const passedOver = [];
  const pythonFolder = python();
  // Debian's python3-torch is links into the system's LibTorch, which is better taken for what it is.
  if (pythonFolder && !systemRoots.some((root) => haveSameHeaders(root, pythonFolder))) {
    const found = inspect(pythonFolder);
    if (!found.problem) return accept(found, "python3");
    passedOver.push(`python3's torch (${pythonFolder}) does not serve: ${found.problem}`);
  }
  for (const root of systemRoots) {
    // Most prefixes hold no torch at all, which is not worth a line.
    if (!existsSync(join(root, "include/torch"))) continue;
    const found = inspect(root);
    if (!found.problem) return accept(found, "system");
    passedOver.push(`the LibTorch in ${root} does not serve: ${found.problem}`);
  }
  return { error: [`No LibTorch ${OLDEST_VERSION} or newer was found.`, ...passedOver] };
}

/** The ways to get a LibTorch, for the end of an error. */
export const WAYS_TO_GET_ONE = [
  "Any one of these gives you one:",
  "  - unpack a LibTorch from https://pytorch.org/get-started/locally/ and set LIBTORCH to its folder",
  "  - `pip install torch`, so that python3 finds it",
  "  - install the distribution's package, on Debian and Ubuntu `libtorch-dev` (with `libopenblas0-openmp`)",
];

/** Whether dotted version `a` is before `b`, by numbers: 1.9 is before 1.13. */
export function isOlder(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (const [i, number] of right.entries()) {
    if ((left[i] ?? 0) !== number) return (left[i] ?? 0) < number;
  }
  return false;
}

function accept({ prefix, version, library }, source) {
  return { prefix, version, source, library };
}

/** What the LibTorch under `prefix` is, or the `problem` that makes it unusable. */
function inspect(prefix) {
  const include = join(prefix, "include");
  if (!existsSync(prefix)) return { problem: "there is no such folder" };
  if (!existsSync(join(include, "torch"))) return { problem: "it has no headers (include/torch/)" };
  const library = libraryFolders(prefix).map(torchLibrary).find(Boolean);
  if (!library) return { problem: "it has no library (lib/libtorch.so or lib/libtorch.dylib)" };
  const version = VERSION_HEADERS.map((header) => versionIn(join(include, header))).find(Boolean);
  if (!version) return { problem: "its headers name no version (torch/version.h)" };
  if (isOlder(version, OLDEST_VERSION))
    return { problem: `it is ${version}, and ${OLDEST_VERSION} is the oldest usable` };
  return { prefix, version, library };
}

function haveSameHeaders(prefix, otherPrefix) {
  const [one, other] = [prefix, otherPrefix].map((root) => join(root, "include/torch"));
  return existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other);
}

/** `lib/` and `lib64/`, and Debian's `lib/<architecture>-linux-gnu/`. */
function libraryFolders(prefix) {
  const lib = join(prefix, "lib");
  const multiarch = existsSync(lib) ? readdirSync(lib).filter((name) => name.endsWith("-linux-gnu")) : [];
  return [lib, join(prefix, "lib64"), ...multiarch.map((name) => join(lib, name))];
}

/** The library that holds the operators if there, since a replaced LibTorch shows in it; else the thin one. */
function torchLibrary(folder) {
  const names = ["libtorch_cpu.so", "libtorch_cpu.dylib", "libtorch.so", "libtorch.dylib"];
  return names.map((name) => join(folder, name)).find((path) => existsSync(path));
}

/** The version a header defines, as one string or in three numbers; undefined if it defines none. */
function versionIn(header) {
  if (!existsSync(header)) return undefined;
  const text = readFileSync(header, "utf8");
  const whole = /#define\s+TORCH_VERSION[\s\\]+"([^"]+)"/.exec(text);
  if (whole) return whole[1];
  const numbers = ["MAJOR", "MINOR", "PATCH"].map(
    (part) => new RegExp(`#define\\s+TORCH_VERSION_${part}\\s+(\\d+)`).exec(text)?.[1],
  );
  return numbers.includes(undefined) ? undefined : numbers.join(".");
}

/** The folder of the torch package python3 would import. It is not imported: that takes seconds. */
function pythonTorch() {
  const program =
    "import importlib.util as u, os; s = u.find_spec('torch'); print(os.path.dirname(s.origin) if s and s.origin else '')";
  // From "/", because python looks in the working directory first.
  const { status, stdout } = spawnSync("python3", ["-c", program], { cwd: "/", encoding: "utf8" });
  return (status === 0 && stdout.trim()) || undefined;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { error, prefix, version, source } = findLibtorch();
  if (error) {
    console.error([...error, ...WAYS_TO_GET_ONE].join("\n"));
    process.exitCode = 2;
  } else {
    console.log(JSON.stringify({ prefix, version, source }));
  }
}
