import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { installArchive } from "../../../src/data/install-archive.js";
import { setSource, type TarEntry, tarball } from "../../support/tarball.js";
import type { Draw } from "../draw.js";
import { NUMBER_TEXTS } from "../hostile-values.js";
import { type Mutator, mutateBytes, replaced } from "../mutate-bytes.js";
import type { Target } from "../target.js";

const BLOCK = 512;
const MAX_TAR_BYTES = 2 ** 22;

const PATHS = [
  ...[
    "set/a.bin",
    "set/names.txt",
    "set/",
    "set",
    "./set/a.bin",
    "set//a.bin",
    "set/./a.bin",
    "SET/A.BIN",
    "set/a.bin/b",
  ],
  ...[
    "/etc/weight-search-outside",
    "../outside",
    "set/../../outside",
    "set/../../../outside",
    "..",
    "set/..",
    "C:\\outside",
  ],
  ...[
    "set/a.bin\0.txt",
    "set/\x1b[2J",
    "set/\nname",
    "",
    ".",
    "set/a.bin/",
    "\\\\host\\share",
    "set/link/a.bin",
    "a".repeat(100),
  ],
];
const LINKS = ["../outside", "/etc", "a.bin", ".", "..", "set/a.bin", "/tmp", "../../../../..", ""];
const TYPES = [..."01234567DgxLKSVNX", "\0", "?"];

const GOOD: readonly TarEntry[] = [
  { path: "set/", type: "5" },
  { path: "set/a.bin", content: "12345" },
  { path: "set/names.txt", content: "cat\n" },
];

/** An archive with the files wanted and others, in any order, hostile by name, type, link or size. */
const makeArchive: Mutator = (_input, draw) => {
  const entries = draw.chance(0.7) ? [...GOOD] : [];
  const count = draw.length(6);
  for (let each = 0; each < count; each++) entries.splice(draw.below(entries.length + 1), 0, anyEntry(draw));
  return tarball(entries);
};

function anyEntry(draw: Draw): TarEntry {
  const type = draw.pick(TYPES);
  const isExtension = "gxLK".includes(type);
  const path = draw.pick(PATHS);
  return {
    path: isExtension ? "PaxHeader" : path,
    type,
    linkPath: draw.pick(LINKS),
    content: isExtension ? extension(type, draw) : draw.pick(["", "12345", "x".repeat(draw.length(5000))]),
    ...(draw.chance(0.2) && { size: draw.pick([0, 1, 5, 511, 512, 513, 2 ** 31, 2 ** 33 - 1]) }),
  };
}

/** A long name of GNU tar, or records of a PAX header: what overrules the next entry's own. */
function extension(type: string, draw: Draw): string {
  const path = draw.chance(0.1) ? "../".repeat(draw.length(20_000)) : draw.pick([...PATHS, ...LINKS]);
  if (type === "L" || type === "K") return draw.chance(0.5) ? `${path}\0` : path;
  const key = draw.pick(["path", "linkpath", "size", "mtime", "uid", "SCHILY.dev", "comment", "__proto__", "type"]);
  const record = ` ${key}=${draw.chance(0.5) ? path : draw.pick(NUMBER_TEXTS)}\n`;
  const length = String(record.length + 2);
  return `${draw.chance(0.9) ? record.length + length.length : draw.pick(NUMBER_TEXTS)}${record}`;
}

/** Changes the archive beneath the compression, and makes the headers' checksums right again. */
const mutateTar: Mutator = (input, draw, other) => {
  let tar: Buffer;
  try {
    tar = gunzipSync(input, { maxOutputLength: MAX_TAR_BYTES });
  } catch {
    return mutateBytes(input, draw, other);
  }
  let changed = Buffer.from(mutateBytes(tar, draw, tar));
  if (draw.chance(0.5) && tar.length >= BLOCK) {
    const begin = BLOCK * draw.below(Math.floor(tar.length / BLOCK));
    changed = Buffer.from(replaced(tar, begin, begin + BLOCK, mutateField(tar.subarray(begin, begin + BLOCK), draw)));
  }
  for (let at = 0; at + BLOCK <= changed.length; at += BLOCK) {
    if (changed.toString("latin1", at + 257, at + 262) === "ustar") writeChecksum(changed.subarray(at, at + BLOCK));
  }
  return gzipSync(changed, { level: 1 });
};

/** A header with another name, mode, owner, size, time, type, link, magic or device. */
function mutateField(header: Uint8Array, draw: Draw): Uint8Array {
  const [begin, length] = draw.pick([
    ...[
      [0, 100],
      [100, 8],
      [108, 8],
      [116, 8],
      [124, 12],
      [136, 12],
      [156, 1],
      [157, 100],
      [257, 8],
      [329, 8],
      [345, 155],
    ],
  ] as const) as [number, number];
  const texts = [
    ...PATHS,
    ...LINKS,
    ...NUMBER_TEXTS,
    "77777777777",
    "-0000000001",
    "\x80\0\0\0\0\0\0\x7f\xff\xff\xff\xff",
    "\xff".repeat(12),
  ];
  const field = Buffer.alloc(length);
  field.write(length === 1 ? draw.pick(TYPES) : draw.pick(texts), "latin1");
  return replaced(header, begin, begin + length, field);
}

function writeChecksum(header: Buffer): void {
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
}

/** Installs the archive as a download does, once its digest is known to be right, and looks for what got out of its folder. */
export const archive: Target = {
  name: "archive",
  mutators: [mutateBytes, makeArchive, makeArchive, mutateTar, mutateTar],
  seeds: () => [tarball(GOOD), tarball(GOOD.slice(1)), tarball([])],
  prepare: (folder) => {
    const outside = join(folder, "outside");
    const directory = join(folder, "data", "sets");
    return async (input) => {
      rmSync(join(folder, "data"), { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      writeFileSync(outside, "as it was");
      writeFileSync(join(directory, "set.tar.gz"), input);
      const source = setSource(input, "http://127.0.0.1:9");
      let isInstalled = false;
      try {
        await installArchive(source, directory);
        isInstalled = true;
      } finally {
        assert.deepEqual(readdirSync(folder).sort(), ["data", "outside"]);
        assert.deepEqual(readdirSync(join(folder, "data")), ["sets"]);
        assert.equal(readFileSync(outside, "utf8"), "as it was");
        assert.ok(!existsSync("/etc/weight-search-outside"));
        assert.deepEqual(readdirSync(directory).sort(), isInstalled ? ["set", "set.tar.gz"] : ["set.tar.gz"]);
      }
      const files = ["a.bin", "names.txt"];
      assert.deepEqual(readdirSync(join(directory, "set")).sort(), files);
      for (const name of files) {
        const found = lstatSync(join(directory, "set", name));
        assert.ok(found.isFile() && found.nlink === 1 && found.size <= 2 ** 16, `${name} is no file of its own`);
      }
    };
  },
};
