import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { ROOT, weightSearch } from "../support/command.js";

const folder = mkdtempSync(join(tmpdir(), "weight-search-publish-"));
after(() => rmSync(folder, { recursive: true }));

const FIXTURE = join(ROOT, "tests/fixtures/runs/format-3");
const NAME = "synthetic-resnet20-1bit-synthetic-epochs2-batch16-limit3-seed0";

/** A copy of the fixture with other settings, as in a work directory. */
function run(name: string, settings: object = {}): string {
  const path = join(folder, "results", "synthetic-resnet20", name);
  cpSync(FIXTURE, path, { recursive: true });
  const config = join(path, "config.json");
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, "utf8")), ...settings }));
  return path;
}

const RUN = run("20261128222657", { path: "/home/me/data", machine: { cpu: "a processor", odd: ["/home/me/x"] } });
const DIR = join(folder, "results", "published");

function publish(...args: readonly string[]): string {
  const { code, stdout, stderr } = weightSearch(["publish", ...args]);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

function refused(...args: readonly string[]): string {
  const before = existsSync(DIR) ? readdirSync(DIR) : [];
  const { code, stdout, stderr } = weightSearch(["publish", ...args]);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^error: [^\n]*\n$/);
  assert.deepEqual(existsSync(DIR) ? readdirSync(DIR) : [], before);
  return stderr;
}

test("what is small and public is copied, and read as the run itself", () => {
  assert.equal(publish(RUN, "-o", DIR), `published: ${DIR}/${NAME}\n`);
  const place = join(DIR, NAME);
  assert.deepEqual(readdirSync(place).sort(), ["config.json", "metrics.jsonl", "result.csv"]);
  for (const file of ["metrics.jsonl", "result.csv"]) {
    assert.deepEqual(readFileSync(join(place, file)), readFileSync(join(RUN, file)));
  }
  const text = readFileSync(join(place, "config.json"), "utf8");
  const { path, recipeFile, modelBytes, machine } = JSON.parse(text);
  assert.deepEqual([path, recipeFile, modelBytes, machine.odd], [null, "synthetic", 60_904, ["x"]]);
  assert.doesNotMatch(text, /home|weight-search\//);
  const record = (of: string) => {
    const [found] = JSON.parse(weightSearch(["report", of, "--format", "json"]).stdout);
    return { ...found, runs: [] };
  };
  assert.deepEqual(record(place), record(RUN));
});

test("the model of float weights is copied on request, and an error if it is missing or invalid", () => {
  const copies = join(folder, "with-model");
  assert.match(
    refused(RUN, "-o", copies, "--model"),
    /option --model: expected float weights, .* found searched weights/,
  );
  const float = run("20261128999999", { search: null });
  const missing = /model\.safetensors: expected a safetensors file that can be read, found no such file or directory/;
  assert.match(refused(float, "-o", copies, "--model"), missing);
  const model = join(float, "model.safetensors");
  writeFileSync(model, "four bytes a weight");
  assert.match(refused(float, "-o", copies, "--model"), /model\.safetensors: header length: expected /);
  assert.ok(!existsSync(copies));
  writeSafetensors(model, new Map([["w", { dtype: "F32", shape: [1], data: new Uint8Array(4) }]]), { format: "pt" });
  publish(float, "-o", copies, "--model");
  const [name = ""] = readdirSync(copies);
  assert.deepEqual(readFileSync(join(copies, name, "model.safetensors")), readFileSync(model));
  rmSync(float, { recursive: true });
});

test("a result.csv that is none is named, and nothing is written", () => {
  const copies = join(folder, "no-result");
  const broken = run("20261128888888", {});
  for (const spoil of [
    () => writeFileSync(join(broken, "result.csv"), "no numbers\n"),
    () => writeFileSync(join(broken, "result.csv"), ""),
    () => mkdirSync(join(broken, "result.csv")),
  ]) {
    rmSync(join(broken, "result.csv"), { recursive: true, force: true });
    spoil();
    assert.match(refused(broken, "-o", copies), /result\.csv: .*expected .*, found /);
    assert.ok(!existsSync(copies));
  }
  rmSync(broken, { recursive: true });
});

test("a model that a run started from goes by its run, by both names where it is not the last one, and by its own", () => {
  const copies = join(folder, "started");
  const start = run("20261128777777", { search: null });
  writeFileSync(join(start, "model.safetensors"), "");
  writeFileSync(join(start, "best.safetensors"), "");
  writeFileSync(join(folder, "other.pth"), "");
  const of = NAME.replace("1bit", "float");
  for (const [index, [from, name]] of [
    [start, of],
    [join(start, "model.safetensors"), of],
    [join(start, "best.safetensors"), `${of}/best.safetensors`],
    [join(folder, "other.pth"), "other.pth"],
    [join(folder, "gone.pth"), "gone.pth"],
  ].entries()) {
    const search = run(`2026112866666${index}`, { loadModelState: from, seed: index });
    const { code, stdout, stderr } = weightSearch(["publish", search, "-o", copies]);
    assert.equal(code, 0, stderr);
    const place = stdout.replace(/^published: /, "").trim();
    assert.equal(JSON.parse(readFileSync(join(place, "config.json"), "utf8")).loadModelState, name);
    assert.equal(/is not there any more/.test(stderr), name === "gone.pth", stderr);
    rmSync(search, { recursive: true });
  }
  rmSync(start, { recursive: true });
});

test("copies are not further runs of a folder", () => {
  assert.equal(JSON.parse(weightSearch(["report", join(folder, "results"), "--format", "json"]).stdout).length, 1);
  assert.equal(JSON.parse(weightSearch(["report", DIR, "--format", "json"]).stdout).length, 1);
});

test("a run that continued replaces itself, without an incomplete line", () => {
  const result = join(RUN, "result.csv");
  writeFileSync(result, `${readFileSync(result, "utf8")}1,0.5,0.5,`);
  publish(RUN, "-o", DIR);
  assert.match(readFileSync(join(DIR, NAME, "result.csv"), "utf8"), /(.*\n){3}$/);
  assert.deepEqual(readdirSync(DIR), [NAME]);
});

test("another run takes a name only on request", () => {
  const other = run("20261129000000", { startedAt: "2026-11-29T00:00:00.000Z" });
  assert.match(refused(other, "-o", DIR), /expected the run of 2026-11-29T.*, found that of 2026-11-28T.*; --replace/);
  assert.match(
    refused(RUN, other, "-o", DIR, "--replace"),
    /expected runs of different settings or seeds, found synthetic/,
  );
  publish(other, "-o", DIR, "--replace");
  assert.equal(JSON.parse(readFileSync(join(DIR, NAME, "config.json"), "utf8")).startedAt, "2026-11-29T00:00:00.000Z");
});

test("a run of another program is refused", () => {
  const original = join(folder, "original");
  mkdirSync(original);
  cpSync(join(FIXTURE, "result.csv"), join(original, "result.csv"));
  assert.match(
    refused(original, "-o", DIR),
    /original: expected a run with config\.json, found one of the original program/,
  );
  const partial = run("20261130000000", { recipe: { epochs: 1 } });
  assert.match(refused(partial, "-o", DIR), /20261130000000\/config\.json: key "recipe\./);
  writeFileSync(join(folder, "file"), "");
  assert.match(refused(RUN, "-o", join(folder, "file", "x")), /file\/x.*expected a folder that can be written/);
});
