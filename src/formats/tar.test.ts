import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { inputError } from "../../tests/support/input-error.js";
import { type TarEntry, tarball } from "../../tests/support/tarball.js";
import { unpackArchive } from "./tar.js";

const members = [
  { name: "a.bin", bytes: 5 },
  { name: "names.txt", bytes: undefined },
];
const good: readonly TarEntry[] = [
  { path: "set/", type: "5" },
  { path: "set/a.bin", content: "12345" },
  { path: "set/names.txt", content: "cat\ndog\n" },
];

let root = "";
let cases = 0;

before(() => {
  root = mkdtempSync(join(tmpdir(), "archive-"));
});

after(() => rmSync(root, { recursive: true }));

interface Case {
  readonly archive: string;
  /** The folder to unpack into, in a folder of its own. */
  readonly target: string;
  readonly unpacked: Promise<void>;
}

function unpack(bytes: Uint8Array): Case {
  const folder = join(root, `case${cases++}`);
  const archive = join(folder, "set.tar.gz");
  const target = join(folder, "target");
  mkdirSync(target, { recursive: true });
  writeFileSync(archive, bytes);
  return { archive, target, unpacked: unpackArchive(archive, "set", members, target) };
}

/** Unpacking must fail and leave nothing but, perhaps, the members' files. */
async function fails(bytes: Uint8Array, message: RegExp): Promise<void> {
  const { archive, target, unpacked } = unpack(bytes);
  await assert.rejects(unpacked, inputError(archive, message));
  assert.deepEqual(readdirSync(join(target, "..")).sort(), ["set.tar.gz", "target"]);
  const allowed = ["set", "set/a.bin", "set/names.txt"];
  for (const path of readdirSync(target, { recursive: true })) assert.ok(allowed.includes(String(path)), String(path));
}

describe("unpackArchive", () => {
  it("unpacks the named files and no others", async () => {
    const others = [
      { path: "set/readme.html", content: "<html>" },
      { path: "set/deeper/a.bin", content: "54321" },
      { path: "other/a.bin", content: "54321" },
      { path: "a.bin", content: "54321" },
    ];
    const { target, unpacked } = unpack(tarball([...good, ...others]));
    await unpacked;
    assert.deepEqual(readdirSync(target, { recursive: true }).sort(), ["set", "set/a.bin", "set/names.txt"]);
    assert.equal(readFileSync(join(target, "set/a.bin"), "utf8"), "12345");
    assert.equal(readFileSync(join(target, "set/names.txt"), "utf8"), "cat\ndog\n");
    assert.equal(statSync(join(target, "set/a.bin")).uid, process.getuid?.());
  });

  it("refuses paths that lead out", async () => {
    const out = ["../evil", "set/../../evil", "set/../../../evil", "/tmp/weight-search-evil", "../target/set/a.bin"];
    for (const path of out) {
      await fails(tarball([...good, { path, content: "evil" }]), /expected only paths inside it, found ".*"$/);
    }
  });

  it("refuses links, devices and pipes", async () => {
    const link = (path: string, type: string, linkPath: string) => tarball([{ path, type, linkPath }, ...good]);
    const problem = (type: string) => new RegExp(`expected only files and folders in it, found "[^"]*", a ${type}$`);
    await fails(link("set/a.bin", "2", "/etc/passwd"), problem("SymbolicLink"));
    await fails(link("set", "2", ".."), problem("SymbolicLink"));
    await fails(link("set/link", "2", "a.bin"), problem("SymbolicLink"));
    await fails(link("set/a.bin", "1", "/etc/passwd"), problem("Link"));
    await fails(tarball([...good, { path: "set/null", type: "3" }]), problem("CharacterDevice"));
    await fails(tarball([...good, { path: "set/pipe", type: "6" }]), problem("FIFO"));
  });

  it("refuses a link that extended headers give to a file", async () => {
    for (const type of ["g", "x"]) {
      const headers = { path: "PaxHeader", type, content: "16 linkpath=set\n" };
      await fails(
        tarball([...good.slice(0, 2), headers, ...good.slice(2)]),
        /expected only files and folders in it, found "set\/names\.txt", a link to "set"$/,
      );
    }
  });

  it("names a file that is missing or of another size", async () => {
    await fails(tarball(good.slice(0, 2)), /expected set\/names\.txt in it, found none$/);
    const replaced = (entry: TarEntry) => tarball([...good.filter(({ path }) => path !== entry.path), entry]);
    const sizes = /expected set\/a\.bin of 5 bytes in it, found one of/;
    await fails(replaced({ path: "set/a.bin", content: "123456" }), sizes);
    await fails(replaced({ path: "set/a.bin", content: "1234" }), sizes);
    await fails(replaced({ path: "set/a.bin", type: "5" }), /set\/a\.bin/);
    const text = Buffer.alloc(2 ** 16 + 1);
    await fails(
      replaced({ path: "set/names.txt", content: text }),
      /of at most 65536 bytes in it, found one of 65537$/,
    );
  });

  it("names an archive that is damaged", async () => {
    const bytes = tarball(good);
    await fails(bytes.subarray(0, bytes.length - 20), /cannot be unpacked into /);
    await fails(Buffer.from("<html>not found</html>"), /cannot be unpacked into /);
    await fails(gzipSync(Buffer.from("no tar ".repeat(200))), /cannot be unpacked into /);
    await fails(gzipSync(gunzipSync(bytes).subarray(0, 512 + 512 + 2)), /cannot be unpacked into /);
    await fails(Buffer.alloc(0), /set\.tar\.gz/);
  });
});
