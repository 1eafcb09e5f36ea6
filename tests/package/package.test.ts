// The package, as somebody gets it: packed, installed into an empty project, set up and used there. Only the compiler's work is
// spared (`npm run package:check` does that too): the addon that the repository has built comes from the same sources.
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { deadLinks } from "../documents/references.js";
import { ROOT } from "../support/command.js";
import { EXAMPLE_RUNS } from "../support/example-runs.js";
import { filesOf, importedPackages, missingSources, strayFiles, unpairedFiles } from "./packed-files.js";
import { Project, packRepository } from "./project.js";

const MAX_BYTES = 2e6;

const folder = mkdtempSync(join(tmpdir(), "weight-search-package-"));
after(() => rmSync(folder, { recursive: true }));

const project = new Project(join(folder, "project"));
let tarball = "";
let files: string[] = [];

before(() => {
  tarball = packRepository(join(folder, "packed"));
  project.copyDependencies();
  project.succeed("npm", ["install", "--offline", tarball]);
  files = filesOf(project.installed);
});

/** The package's package.json. */
function manifest(): Record<string, unknown> & { exports: object; dependencies: object } {
  return JSON.parse(readFileSync(join(project.installed, "package.json"), "utf8"));
}

/** What is wrong in one line of standard error, with nothing on standard output and exit code 2. */
function refusal(args: readonly string[], environment: NodeJS.ProcessEnv = {}): string {
  const { code, stdout, stderr } = project.run("npx", ["weight-search", ...args], environment);
  assert.deepEqual([code, stdout], [2, ""], stderr);
  assert.match(stderr, /^error: .*\n$/);
  return stderr;
}

/** What `npx weight-search setup` writes, line by line. */
function setUp(args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): string[] {
  const { code, stdout, stderr } = project.run("npx", ["weight-search", "setup", ...args], environment);
  assert.deepEqual([code, stdout], [0, ""], stderr);
  return stderr.trimEnd().split("\n");
}

test("the tarball has what it needs, no tests, and nothing else, in less than 2 MB", () => {
  assert.ok(statSync(tarball).size < MAX_BYTES, `${statSync(tarball).size} bytes`);
  assert.deepEqual(strayFiles(files), []);
  assert.deepEqual(unpairedFiles(files), []);
  for (const folder of ["native", "json"]) {
    const inRepository = filesOf(join(ROOT, folder)).map((file) => join(folder, file));
    assert.deepEqual(
      files.filter((file) => file.startsWith(`${folder}/`)),
      inRepository,
    );
  }
  assert.ok(readFileSync(join(ROOT, "src/index.ts")).equals(readFileSync(join(project.installed, "src/index.ts"))));
});

test("a test, a compiled file without a source and a source without its compiled files are told", () => {
  const stray = ["src/a.test.ts", "dist/src/a.test.js", "tests/a.ts", "scripts/test.mjs", "json/training/x.txt"];
  assert.deepEqual(strayFiles([...stray, "src/text/errors.ts"]), stray);
  const compiled = ["js", "js.map", "d.ts", "d.ts.map"].map((end) => `dist/src/b.${end}`);
  assert.deepEqual(unpairedFiles(["src/b.ts", ...compiled]), []);
  assert.deepEqual(unpairedFiles(["src/b.ts", ...compiled.slice(1), "dist/src/c.js"]), [compiled[0], "dist/src/c.js"]);
});

test("links of packaged documents, sources of maps and targets of exports are in the package", () => {
  const documents = files.filter((file) => file.endsWith(".md"));
  assert.ok(documents.length > 10);
  const dead = documents.flatMap((path) => {
    const text = readFileSync(join(project.installed, path), "utf8");
    return deadLinks({ path, text }, project.installed).map((link) => `${path}: ${link}`);
  });
  assert.deepEqual(dead, []);
  assert.ok(files.some((file) => file.endsWith(".d.ts.map")));
  assert.deepEqual(missingSources(project.installed, files), []);
  const targets = JSON.stringify(manifest().exports).matchAll(/"\.\/([^"]+\.\w+)"(?!:)/g);
  assert.deepEqual(
    [...targets].map(([, path = ""]) => path).filter((path) => !files.includes(path)),
    [],
  );
});

test("what it imports are its dependencies, and package.json names no address", () => {
  assert.deepEqual(
    [...importedPackages(project.installed, files)].filter((name) => !(name in manifest().dependencies)),
    [],
  );
  for (const key of ["repository", "homepage", "bugs", "private"]) assert.equal(manifest()[key], undefined, key);
});

test("before it is set up, a command that needs the addon says how to, in one line; others work", () => {
  for (const args of [
    ["train", "-d", "synthetic", "--epochs", "1"],
    ["train", "-d", "synthetic", "--epochs", "1", "--nproc-per-node", "2"],
    ["summary", "-a", "resnet20"],
  ]) {
    assert.match(refusal(args), /: the native addon is not built: run `npx weight-search setup`\n$/);
  }
  assert.ok(!existsSync(join(project.folder, "results")));
  assert.match(project.succeed("npx", ["weight-search", "list", "models"]), /resnet20/);
});

test("the set-up says what is missing, and that Node is too old", () => {
  const { code, stderr } = project.run("npx", ["weight-search", "setup", "--no-install"], {
    LIBTORCH: join(folder, "no"),
  });
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^setup: failed: \$LIBTORCH is .*, but there is no such folder\nAny one of these gives you one:\n/,
  );
  const path = join(project.installed, "package.json");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, JSON.stringify({ ...manifest(), engines: { node: ">=99.3" } }));
  assert.match(refusal(["--help"]), /^error: Node 99\.3 or newer is needed, found \d+\.\d+\.\d+\n$/);
  writeFileSync(path, text);
});

test("npx weight-search setup configures and builds the addon, once, and again if it does not load", () => {
  // What would otherwise be installed and was tried in vain should not be tried here.
  const build = join(project.installed, "build");
  mkdirSync(build, { recursive: true });
  for (const name of readdirSync(join(ROOT, "build")).filter((name) => name.endsWith("-not-installed")))
    cpSync(join(ROOT, "build", name), join(build, name));
  const environment = fakeCompiler();
  const [building = "", done = ""] = setUp([], environment).slice(-2);
  assert.match(building, /^setup: building the native addon against LibTorch \d\S+ in \/\S+, \d+ at a time \(.*\)$/);
  assert.match(done, /^setup: done: the native addon is built \(LibTorch \d\S+ in \/\S+\)$/);
  assert.match(readFileSync(join(build, "build.log"), "utf8"), /Build files have been written to/);
  const headers = /^NODE_HEADERS:.*=(.*)$/m.exec(readFileSync(join(build, "CMakeCache.txt"), "utf8"))?.[1] ?? "";
  assert.deepEqual(
    headers.split(";").map((path) => dirname(join(path, "x")).replace(`${project.folder}/`, "")),
    ["node_modules/node-api-headers/include", "node_modules/node-addon-api"],
  );
  assert.match(setUp().at(-1) ?? "", /^setup: nothing to do: the native addon is up to date/);

  writeFileSync(join(build, "weight_search.node"), "damaged");
  assert.match(refusalOfDamaged(), /does not load: .* Run `npx weight-search setup` to build it again\.\n$/);
  const again = setUp([], environment);
  assert.match(again[0] ?? "", /^setup: the native addon does not load \(.*\)$/);
  assert.match(again.at(-1) ?? "", /^setup: done: /);
});

function refusalOfDamaged(): string {
  const { code, stderr } = project.run("npx", ["weight-search", "summary", "-a", "resnet20"]);
  assert.equal(code, 1);
  return stderr;
}

/** An environment whose cmake configures, but as for the compiler takes the addon that the repository has built. */
function fakeCompiler(): NodeJS.ProcessEnv {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const real = project.succeed("sh", ["-c", "command -v cmake"]).trim();
  const addon = join(ROOT, "build/weight_search.node");
  const program = `#!/bin/sh\nif [ "$1" = --build ]; then cp '${addon}' "$2"/; else exec '${real}' "$@"; fi\n`;
  writeFileSync(join(bin, "cmake"), program);
  chmodSync(join(bin, "cmake"), 0o755);
  return { PATH: `${bin}${delimiter}${process.env["PATH"]}` };
}

test("npx weight-search train trains", () => {
  const args = ["-d", "synthetic", "--epochs", "1", "--limit-batches", "2", "--batch-size", "20"];
  const printed = project.succeed("npx", ["weight-search", "train", ...args, "-q", "--quant-json", "1b"]);
  const [, run = ""] = /^run: (.*)$/m.exec(printed) ?? [];
  assert.ok(existsSync(join(project.folder, run, "packed.safetensors")), printed);
  assert.match(project.succeed("npx", ["weight-search", "evaluate", run, "--limit-batches", "1"]), /top-1/);
});

test("every example compiles against the package's types, and runs", () => {
  const examples = join(project.folder, "examples");
  cpSync(join(project.installed, "examples"), examples, { recursive: true });
  writeFileSync(join(project.folder, "package.json"), JSON.stringify({ ...manifestOfProject(), type: "module" }));
  const compilerOptions = {
    ...{ module: "nodenext", target: "es2022", lib: ["es2023", "esnext.disposable"], strict: true },
    ...{ skipLibCheck: false, outDir: "compiled", types: ["node"], typeRoots: [join(ROOT, "node_modules/@types")] },
  };
  writeFileSync(join(project.folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["examples"] }));
  project.succeed(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc")]);
  for (const [name, { args, printed, noted = /^$/ }] of Object.entries(EXAMPLE_RUNS)) {
    const script = join("compiled", `${name}.js`);
    const { code, stdout, stderr } = project.run(process.execPath, [script, ...args(join(folder, name), folder)]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, noted);
    assert.match(stdout, printed);
  }
  for (const name of readdirSync(examples).filter((file) => file.endsWith(".mjs"))) {
    const printed = project.succeed(process.execPath, [join("examples", name), join(folder, basename(name))]);
    assert.match(printed, /^finished: \S+, 3 epochs$/m);
  }
});

function manifestOfProject(): object {
  return JSON.parse(readFileSync(join(project.folder, "package.json"), "utf8"));
}
