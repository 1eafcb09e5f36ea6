import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { type FileServer, serveFile } from "../../tests/support/file-server.js";
import { InputError } from "../text/errors.js";
import { downloadDataset } from "./registry.js";

let server: FileServer;
let directory = "";

before(async () => {
  server = await serveFile(Buffer.from("not the archive"));
});

after(() => server.close());

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cifar-download-"));
  server.ranges.length = 0;
});

afterEach(() => rmSync(directory, { recursive: true }));

async function fails(name: string, folder: string, message: RegExp): Promise<void> {
  await assert.rejects(downloadDataset(name, folder, { url: `${server.url}/archive` }), (error) => {
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, message);
    return true;
  });
}

/** A file of a given size that takes no disk. */
function sparse(path: string, bytes: number): void {
  writeFileSync(path, "");
  truncateSync(path, bytes);
}

describe("downloadDataset", () => {
  it("requests nothing when the files are there and complete", async () => {
    const files = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`).concat("test_batch.bin");
    for (const folder of [directory, join(directory, "cifar-10-batches-bin")]) {
      mkdirSync(folder, { recursive: true });
      for (const file of files) sparse(join(folder, file), 30_730_000);
      await downloadDataset("cifar10", directory, { url: `${server.url}/archive` });
      sparse(join(folder, "data_batch_3.bin"), 30_729_999);
      await fails("cifar10", directory, /found one of 15$/);
    }
    const python = join(directory, "cifar-100-python");
    mkdirSync(python);
    for (const file of ["train", "test"]) sparse(join(python, file), 1);
    await downloadDataset("cifar100", directory, { url: `${server.url}/archive` });
    assert.deepEqual(server.ranges, ["", ""]);
  });

  it("takes only the official archive", async () => {
    await fails("cifar10", directory, /\/archive: expected a file of 170052171 bytes, found one of 15$/);
    await fails("cifar100", directory, /\/archive: expected a file of 168513733 bytes, found one of 15$/);
    assert.deepEqual(readdirSync(directory), []);
    const archive = join(directory, "cifar-100-binary.tar.gz");
    sparse(archive, 168_513_732);
    await fails("cifar100", directory, /cifar-100-binary\.tar\.gz: expected an archive of 168513733 bytes/);
  });

  it("is for CIFAR and MNIST, in a folder", async () => {
    for (const name of ["synthetic", "imagenet", "folder"]) {
      await fails(
        name,
        directory,
        new RegExp(`^\`download\`: expected data set cifar10, cifar100 or mnist, found ${name}$`),
      );
    }
    writeFileSync(join(directory, "file"), "");
    await fails("cifar10", join(directory, "file"), /file: expected the folder of CIFAR-10's files, found a file/);
    assert.deepEqual(server.ranges, []);
  });
});
