import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { createRunDirectory, RUN_FILES, writeConfig } from "./directory.js";

const folder = mkdtempSync(join(tmpdir(), "run-"));
after(() => rmSync(folder, { recursive: true }));

const now = new Date(2024, 0, 2, 3, 4, 5);
const fill = (directory: string) => writeFileSync(join(directory, "a"), "");
const names = { dataset: "cifar10", arch: "resnet20" };

test("the directory is named after the data set, the network and the local time", () => {
  const workDir = join(folder, "deep", "work");
  const path = createRunDirectory({ workDir, ...names, now }, fill);
  assert.equal(path, join(workDir, "cifar10-resnet20", "20240102030405"));
  assert.ok(statSync(path).isDirectory());
});

test("runs of one second get directories of their own", () => {
  const workDir = join(folder, "same");
  const paths = [1, 2, 3].map(() => createRunDirectory({ workDir, ...names, now }, fill));
  assert.deepEqual(
    paths.map((path) => path.slice(-16)),
    ["0/20240102030405", "20240102030405-2", "20240102030405-3"],
  );
});

test("processes that ask at once get directories of their own", async () => {
  const module = new URL("./directory.js", import.meta.url).href;
  const script = `import { writeFileSync } from "node:fs"; import { createRunDirectory } from ${JSON.stringify(module)};
    const options = { workDir: process.argv[1], dataset: "d", arch: "a", now: new Date(2024, 0, 1) };
    const fill = (directory) => writeFileSync(directory + "/a", "");
    for (let i = 0; i < 20; i++) console.log(createRunDirectory(options, fill));`;
  const workDir = join(folder, "race");
  const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, workDir]);
  const outputs = await Promise.all([run(), run(), run()]);
  const paths = outputs.flatMap(({ stdout }) => stdout.trim().split("\n"));
  assert.equal(new Set(paths).size, 60);
});

test("a work directory that is a file or cannot be written is an InputError", (context) => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  assert.throws(() => createRunDirectory({ workDir: file, ...names, now }, fill), {
    name: "InputError",
    message: `${file}: expected a work directory that can be written, found not a directory`,
  });
  if (process.getuid?.() === 0) return context.diagnostic("root may write anywhere: permissions not tested");
  const closed = join(folder, "closed");
  mkdirSync(closed, { mode: 0o500 });
  const workDir = join(closed, "work");
  assert.throws(() => createRunDirectory({ workDir, ...names, now }, fill), {
    name: "InputError",
    message: /found permission denied/,
  });
});

test("the configuration is written as JSON for people to read", () => {
  const path = createRunDirectory({ workDir: folder, ...names, now }, fill);
  writeConfig(path, { seed: 1, values: [-1, 1] });
  assert.equal(
    readFileSync(join(path, RUN_FILES.config), "utf8"),
    '{\n  "seed": 1,\n  "values": [\n    -1,\n    1\n  ]\n}\n',
  );
});

test("what a directory begins with is there when it has its name; when that fails, nothing is left", () => {
  const workDir = join(folder, "filled");
  assert.throws(
    () =>
      createRunDirectory({ workDir, ...names, now }, (unfinished) => {
        fill(unfinished);
        assert.deepEqual(
          readdirSync(join(workDir, "cifar10-resnet20")).map((name) => name[0]),
          ["."],
        );
        throw new Error("no more");
      }),
    { message: "no more" },
  );
  assert.deepEqual(readdirSync(join(workDir, "cifar10-resnet20")), []);
  assert.deepEqual(readdirSync(createRunDirectory({ workDir, ...names, now }, fill)), ["a"]);
});

test("what processes left that were killed on the way is removed after an hour", () => {
  const workDir = join(folder, "abandoned");
  const parent = join(workDir, "cifar10-resnet20");
  const [old, fresh] = [".20240102030405.17-0123abcd.tmp", ".20240102030405.18-0123abcd.tmp"];
  for (const name of [old, fresh]) mkdirSync(join(parent, name), { recursive: true });
  const later = new Date(Date.now() + 7200_000);
  utimesSync(join(parent, fresh), later, later);
  createRunDirectory({ workDir, ...names, now: later }, fill);
  assert.deepEqual(
    readdirSync(parent).filter((name) => name.startsWith(".")),
    [fresh],
  );
});

test("a file system that refuses new directories with ENOENT is an error, not a hang", {
  skip: !existsSync("/proc/self"),
}, () => {
  assert.throws(() => createRunDirectory({ workDir: "/proc/none/deeper", ...names, now }, fill), {
    name: "InputError",
    message: /^\/proc\/none\/deeper: expected a work directory that can be written, found no such file or directory/,
  });
});
