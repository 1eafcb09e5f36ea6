import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findLibtorch, isOlder } from "./find-libtorch.mjs";

const folder = mkdtempSync(join(tmpdir(), "find-libtorch-"));
after(() => rmSync(folder, { recursive: true }));

const ONE_STRING = (version) => `#define TORCH_VERSION_MAJOR 9\n#define TORCH_VERSION \\\n  "${version}"\n`;
const NUMBERS_ONLY = "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 5\n#define TORCH_VERSION_PATCH 1\n";

/** Files that look like a LibTorch to one who does not load it. */
function makeLibtorch(name, { version = "2.5.1", header = ONE_STRING(version), headerPath, library } = {}) {
  const prefix = join(folder, name);
  writeDeep(join(prefix, "include", headerPath ?? "torch/csrc/api/include/torch/version.h"), header);
  writeDeep(join(prefix, library ?? "lib/libtorch.so"), "");
  return prefix;
}

function writeDeep(path, text) {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

/** A search in which nothing of this machine is seen. */
function find({ LIBTORCH, python, systemRoots = [] } = {}) {
  const { library: _, ...found } = findLibtorch({ env: { LIBTORCH }, python: () => python, systemRoots });
  return found;
}

test("$LIBTORCH goes before python3's torch, which goes before the system's", () => {
  const [asked, python, system] = ["asked", "python", "system"].map((name) => makeLibtorch(name));
  const version = "2.5.1";
  assert.deepEqual(find({ LIBTORCH: asked, python, systemRoots: [system] }), {
    prefix: asked,
    version,
    source: "LIBTORCH",
  });
  assert.deepEqual(find({ python, systemRoots: [system] }), { prefix: python, version, source: "python3" });
  assert.deepEqual(find({ systemRoots: [system] }), { prefix: system, version, source: "system" });
});

test("a wrong $LIBTORCH is an error that names it, whatever else there is", () => {
  const good = makeLibtorch("good");
  const noHeaders = join(folder, "no-headers");
  writeDeep(join(noHeaders, "lib/libtorch.so"), "");
  for (const [LIBTORCH, problem] of [
    [join(folder, "nowhere"), "no such folder"],
    [noHeaders, "no headers"],
    [makeLibtorch("no-library", { library: "lib/libother.so" }), "no library"],
    [makeLibtorch("no-version", { header: "" }), "no version"],
    [makeLibtorch("old", { version: "1.12.1" }), "1.12.1, and 1.13 is the oldest"],
  ]) {
    const { error } = find({ LIBTORCH, python: good, systemRoots: [good] });
    assert.equal(error.length, 1);
    assert.ok(error[0].startsWith(`$LIBTORCH is ${LIBTORCH}, but `) && error[0].includes(problem), error[0]);
  }
});

test("Debian's python3 torch, which is links into the system's or lacks headers, gives way to the system's", () => {
  const system = makeLibtorch("usr", { library: "lib/x86_64-linux-gnu/libtorch_cpu.so" });
  const python = join(folder, "dist-packages/torch");
  writeDeep(join(python, "lib/libtorch.so"), "");
  assert.equal(find({ python, systemRoots: [system] }).source, "system");
  mkdirSync(join(python, "include"));
  symlinkSync(join(system, "include/torch"), join(python, "include/torch"));
  assert.equal(find({ python, systemRoots: [system] }).source, "system");
  assert.equal(find({ python, systemRoots: [] }).source, "python3");
});

test("the version is read from every layout of the headers", () => {
  for (const [layout, options] of Object.entries({
    2.9: { version: "2.9.0", headerPath: "torch/headeronly/version.h" },
    1.13: { version: "1.13.1" },
    numbers: { header: NUMBERS_ONLY },
    mac: { version: "2.1.0", library: "lib/libtorch.dylib" },
    lib64: { version: "2.0.0", library: "lib64/libtorch.so" },
  })) {
    const { version } = find({ LIBTORCH: makeLibtorch(`layout-${layout}`, options) });
    assert.equal(version, options.version ?? "2.5.1");
  }
});

test("with none at all the error says so, and why what was seen does not serve", () => {
  assert.deepEqual(find({ systemRoots: [join(folder, "empty")] }).error, ["No LibTorch 1.13 or newer was found."]);
  const python = makeLibtorch("python-old", { version: "1.8.0" });
  const system = makeLibtorch("system-old", { version: "1.9.0" });
  const { error } = find({ python, systemRoots: [system] });
  assert.match(error[1], /python3's torch .*python-old.* 1\.8\.0/);
  assert.match(error[2], /system-old.* 1\.9\.0/);
});

test("versions are compared as numbers", () => {
  assert.ok(isOlder("1.9.1", "1.13") && isOlder("0.4", "1.13"));
  assert.ok(!isOlder("1.13", "1.13") && !isOlder("1.13.1", "1.13") && !isOlder("2.0.0+cu118", "1.13"));
});

test("as a program it prints prefix, version and source as JSON, and fails with the ways to get one", () => {
  const program = new URL("find-libtorch.mjs", import.meta.url).pathname;
  const call = (LIBTORCH) => {
    return execFileSync(process.execPath, [program], {
      env: { ...process.env, LIBTORCH },
      encoding: "utf8",
      stdio: "pipe",
    });
  };
  const prefix = makeLibtorch("program");
  assert.deepEqual(JSON.parse(call(prefix)), { prefix, version: "2.5.1", source: "LIBTORCH" });
  assert.throws(
    () => call(join(folder, "nowhere")),
    ({ status, stderr }) => status === 2 && stderr.includes("no such folder") && stderr.includes("pip install torch"),
  );
});
