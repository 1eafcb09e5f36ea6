import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { type FileServer, serveFile } from "../../tests/support/file-server.js";
import { inputError } from "../../tests/support/input-error.js";
import { setSource, tarball } from "../../tests/support/tarball.js";
import { type ArchiveSource, installArchive } from "./install-archive.js";

const good = tarball([
  { path: "set/", type: "5" },
  { path: "set/a.bin", content: "12345" },
  { path: "set/names.txt", content: "cat\n" },
]);

let server: FileServer;
let root = "";
let directory = "";

before(async () => {
  server = await serveFile(good);
});

after(() => server.close());

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "install-"));
  directory = join(root, "new", "data");
  server.served = 0;
  server.answer = server.good;
});

afterEach(() => rmSync(root, { recursive: true }));

function sourceOf(bytes: Uint8Array): ArchiveSource {
  return setSource(bytes, server.url);
}

async function fails(message: RegExp, source = sourceOf(good)): Promise<void> {
  await assert.rejects(installArchive(source, directory), inputError("", message));
}

const listing = () => readdirSync(directory, { recursive: true }).sort();

describe("installArchive", () => {
  it("makes the folder and leaves only the files in it", async () => {
    await installArchive(sourceOf(good), directory);
    assert.deepEqual(listing(), ["set", "set/a.bin", "set/names.txt"]);
    assert.equal(readFileSync(join(directory, "set/a.bin"), "utf8"), "12345");
    assert.equal(server.served, good.length);
  });

  it("uses an archive put there by hand, and leaves it", async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "set.tar.gz"), good);
    await installArchive(sourceOf(good), directory);
    assert.deepEqual(listing(), ["set", "set.tar.gz", "set/a.bin", "set/names.txt"]);
    assert.equal(server.served, 0);
  });

  it("refuses another archive put there by hand", async () => {
    mkdirSync(directory, { recursive: true });
    const archive = join(directory, "set.tar.gz");
    writeFileSync(archive, "short");
    await fails(/set\.tar\.gz: expected an archive of \d+ bytes, found 5; remove it to have it fetched again$/);
    writeFileSync(archive, Buffer.alloc(good.length));
    await fails(/set\.tar\.gz: expected an archive of SHA-256 \w+, found \w+; remove it/);
    rmSync(archive);
    mkdirSync(archive);
    await fails(/set\.tar\.gz: expected an archive, found something else; remove it/);
    assert.deepEqual(listing(), ["set.tar.gz"]);
  });

  it("replaces the files of a folder that is there, even through a link, and no others", async () => {
    const elsewhere = join(root, "elsewhere");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "a.bin"), "cut");
    writeFileSync(join(elsewhere, "notes"), "mine");
    mkdirSync(directory, { recursive: true });
    symlinkSync(elsewhere, join(directory, "set"));
    await installArchive(sourceOf(good), directory);
    assert.deepEqual(readdirSync(elsewhere).sort(), ["a.bin", "names.txt", "notes"]);
    assert.equal(readFileSync(join(elsewhere, "a.bin"), "utf8"), "12345");
    assert.equal(readFileSync(join(elsewhere, "notes"), "utf8"), "mine");
  });

  it("unpacks nothing of a malicious archive, though its checksum is right", async () => {
    const entries = [
      { path: "../../evil", content: "evil" },
      { path: "set/../../evil", content: "evil" },
      { path: "set/a.bin", type: "2", linkPath: "/etc/passwd" },
      { path: "set", type: "2", linkPath: "/tmp" },
    ];
    for (const entry of entries) {
      const bad = tarball([
        entry,
        { path: "set/names.txt", content: "cat\n" },
        { path: "set/a.bin", content: "12345" },
      ]);
      server.answer = (_, response) => response.writeHead(200).end(bad);
      rmSync(directory, { recursive: true, force: true });
      await fails(/set\.tar\.gz: expected only /, sourceOf(bad));
      assert.deepEqual(listing(), ["set.tar.gz"]);
      assert.deepEqual(readdirSync(root), ["new"]);
    }
  });

  it("says which file to get where when there is no network", async () => {
    server.answer = (_, response) => response.destroy();
    await fails(
      /^http:.*\/set\.tar\.gz: cannot be fetched: .*; get it by other means and save it as \/.*\/set\.tar\.gz$/,
    );
    assert.deepEqual(listing(), []);
  });

  it("says when the folder cannot be made", async () => {
    directory = join(root, "file", "data");
    writeFileSync(join(root, "file"), "");
    await fails(/file\/data: cannot be written: not a directory/);
    directory = join(root, "data");
    mkdirSync(directory);
    writeFileSync(join(directory, "set"), "");
    await fails(/data\/set: cannot be written: not a directory/);
  });
});
