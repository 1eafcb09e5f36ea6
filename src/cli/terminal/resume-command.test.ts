import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { resumeCommand } from "./resume-command.js";

/** What a shell makes of the command: its words, taken up by a function of the program's name. */
function words(commands: readonly string[]): string[][] {
  const script = `weight-search() { printf '%s\\0' "$@"; printf '\\1\\0'; }\n${commands.join("\n")}\n`;
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.equal(status, 0);
  return stdout
    .split("\x01\0")
    .slice(0, -1)
    .map((line) => line.split("\0").slice(0, -1));
}

test("a plain path stands as it is", () => {
  assert.equal(
    resumeCommand("results/cifar10-resnet20/20261123170403-2"),
    "weight-search train --resume results/cifar10-resnet20/20261123170403-2",
  );
});

const ODD = [
  ...[
    "a b",
    "it's",
    "'",
    "''",
    "$HOME",
    "`id`",
    "$(id)",
    "a\\b",
    "a\nb",
    '"',
    "*",
    "~",
    "~/x",
    "a;b",
    "a&b",
    "#a",
    "!x",
  ],
  ...["-x", "--help", "ärger", "{a,b}", "[ab]", "a>b", "", "=a", "%1", "a=b"],
];

test("a shell gives any path back", () => {
  assert.deepEqual(
    words(ODD.map(resumeCommand)),
    ODD.map((path) => ["train", "--resume", path]),
  );
  const path = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0") && !text.includes("\x01"));
  fc.assert(
    fc.property(fc.array(path, { minLength: 20, maxLength: 60 }), (paths) => {
      assert.deepEqual(
        words(paths.map(resumeCommand)),
        paths.map((each) => ["train", "--resume", each]),
      );
    }),
    { numRuns: 10 },
  );
});

test("quotes are for what needs them", () => {
  for (const path of ODD.filter((each) => each !== "a=b" && each !== "%1" && each !== "=a")) {
    assert.match(resumeCommand(path), /^weight-search train --resume '/);
  }
});
