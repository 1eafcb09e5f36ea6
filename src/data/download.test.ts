import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { type FileServer, serveFile } from "../../tests/support/file-server.js";
import { inputError } from "../../tests/support/input-error.js";
import { type DownloadOptions, downloadFile, type ExpectedFile } from "./download.js";

/** Gzip's bytes, which nothing on the way may unpack. */
const content = gzipSync(Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) >> 8)));
const sha256 = createHash("sha256").update(content).digest("hex");
const half = content.length >> 1;

let server: FileServer;
let folder = "";
let path = "";
let part = "";

before(async () => {
  server = await serveFile(content);
});

after(() => server.close());

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "download-"));
  path = join(folder, "data.gz");
  part = `${path}.part`;
  server.served = 0;
  server.ranges.length = 0;
  server.answer = server.good;
});

afterEach(() => rmSync(folder, { recursive: true }));

async function download(changes: Partial<ExpectedFile> = {}, options: DownloadOptions = {}): Promise<void> {
  await downloadFile({ url: `${server.url}/data.gz`, bytes: content.length, sha256, ...changes }, path, options);
}

async function fails(
  message: RegExp,
  changes: Partial<ExpectedFile> = {},
  options: DownloadOptions = {},
): Promise<void> {
  await assert.rejects(download(changes, options), inputError("", message));
  assert.ok(!existsSync(path));
}

function succeeded(): void {
  assert.deepEqual(readdirSync(folder), ["data.gz"]);
  assert.equal(Buffer.compare(readFileSync(path), content), 0);
}

describe("downloadFile", () => {
  it("downloads a file and reports progress", async () => {
    const progress: [number, number][] = [];
    await download({}, { onProgress: (bytes, totalBytes) => progress.push([bytes, totalBytes]) });
    succeeded();
    assert.deepEqual(server.ranges, [""]);
    assert.deepEqual(progress.at(-1), [content.length, content.length]);
    assert.ok(progress.every(([bytes], index) => bytes > (progress[index - 1]?.[0] ?? 0)));
  });

  it("leaves gzip packed where the server calls it an encoding", async () => {
    server.answer = (_, response) => response.writeHead(200, { "Content-Encoding": "x-gzip" }).end(content);
    await download();
    succeeded();
  });

  it("requests only the rest of a part", async () => {
    writeFileSync(part, content.subarray(0, half));
    const progress: number[] = [];
    await download({}, { onProgress: (bytes) => progress.push(bytes) });
    succeeded();
    assert.deepEqual(server.ranges, [`bytes=${half}-`]);
    assert.equal(server.served, content.length - half);
    assert.ok((progress[0] ?? 0) > half);
  });

  it("requests nothing when the part is complete", async () => {
    writeFileSync(part, content);
    await download();
    succeeded();
    assert.deepEqual(server.ranges, []);
  });

  it("starts over if the server sends no range, another range, or the part cannot belong to the file", async () => {
    writeFileSync(part, "wrong bytes");
    server.answer = (_, response) => response.writeHead(200).end(content);
    await download();
    succeeded();

    rmSync(path);
    writeFileSync(part, "wrong bytes");
    server.answer = (request, response) => {
      if (request.headers.range === undefined) server.good(request, response);
      else response.writeHead(206, { "Content-Range": `bytes 5-${content.length - 1}/${content.length}` }).end("x");
    };
    await download();
    succeeded();

    rmSync(path);
    writeFileSync(part, "wrong bytes");
    server.answer = (request, response) => {
      if (request.headers.range === undefined) server.good(request, response);
      else response.writeHead(416).end();
    };
    await download();
    succeeded();

    rmSync(path);
    writeFileSync(part, Buffer.concat([content, Buffer.from("more")]));
    server.answer = server.good;
    await download();
    succeeded();
  });

  it("keeps what arrived before an interruption and resumes from there", async () => {
    let cut = () => {};
    server.answer = (_, response) => {
      response.writeHead(200, { "Content-Length": content.length });
      server.write(response, content.subarray(0, half));
      cut = () => response.destroy();
    };
    const onProgress = (bytes: number) => bytes === half && cut();
    const message = new RegExp(`data\\.gz: cut off after ${half} of ${content.length} bytes: .+; start again to fetch`);
    await fails(message, {}, { onProgress });
    assert.equal(Buffer.compare(readFileSync(part), content.subarray(0, half)), 0);
    server.answer = server.good;
    await download();
    succeeded();
    assert.deepEqual(server.ranges, ["", `bytes=${half}-`]);
    assert.equal(server.served, content.length);
  });

  it("times out on a silent server, before and after its first bytes", async () => {
    const options = { stallMilliseconds: 100 };
    server.answer = () => {};
    await fails(/cannot be fetched: the server sent nothing for 0\.1 seconds; get it by other means/, {}, options);
    server.answer = (_, response) => {
      response.writeHead(200, { "Content-Length": content.length });
      server.write(response, content.subarray(0, half));
    };
    const message = new RegExp(`cut off after ${half} of ${content.length} bytes: the server sent nothing for 0\\.1 s`);
    await fails(message, {}, options);
    assert.deepEqual(readdirSync(folder), ["data.gz.part"]);
  });

  it("removes a file of other content", async () => {
    const other = "0".repeat(64);
    await fails(new RegExp(`expected a file of SHA-256 ${other}, found ${sha256}; the file was removed`), {
      sha256: other,
    });
    assert.deepEqual(readdirSync(folder), []);
    writeFileSync(part, Buffer.alloc(half));
    await fails(/expected a file of SHA-256/);
    assert.deepEqual(readdirSync(folder), []);
    await download();
    succeeded();
  });

  it("refuses a file of another length, and reads no more than expected", async () => {
    const bytes = content.length - 1;
    await fails(new RegExp(`expected a file of ${bytes} bytes, found one of ${content.length}$`), { bytes });
    server.answer = (_, response) => response.writeHead(200).end(content);
    await fails(new RegExp(`expected a file of ${bytes} bytes, found more$`), { bytes });
    assert.deepEqual(readdirSync(folder), []);
    await fails(/cut off after \d+ of \d+ bytes: the file ended/, { bytes: content.length + 1 });
  });

  it("reports the server's status", async () => {
    server.answer = (_, response) => response.writeHead(404).end("not here");
    const advice = `get it by other means and save it as ${path}`;
    await fails(new RegExp(`data\\.gz: cannot be fetched: HTTP status 404 Not Found; ${advice}$`));
    writeFileSync(part, "x");
    await fails(/HTTP status 404 Not Found/);
    server.answer = (_, response) => response.writeHead(503).end();
    await fails(/HTTP status 503 Service Unavailable/);
    server.answer = (_, response) => response.writeHead(503, "a".repeat(5000)).end();
    await fails(/HTTP status 503 a{60}…; /);
    server.answer = (_, response) => response.writeHead(302, { Location: `file:///${"a".repeat(5000)}` }).end();
    await fails(/expected an address with http or https, found "file:\/\/\/a{52}…"; /);
  });

  it("follows a limited number of redirects, only to http and https", async () => {
    server.answer = (request, response) => {
      if (request.url === "/found/data.gz") server.good(request, response);
      else response.writeHead(302, { Location: "found/data.gz" }).end();
    };
    await download();
    succeeded();
    rmSync(path);
    server.answer = (_, response) => response.writeHead(301, { Location: "/data.gz" }).end();
    await fails(/cannot be fetched: expected at most 5 redirects/);
    server.answer = (_, response) => response.writeHead(301, { Location: "file:///etc/passwd" }).end();
    await fails(/cannot be fetched: expected an address with http or https, found "file:\/\/\/etc\/passwd"/);
    for (const url of ["", "data.gz", "ftp://host/data.gz"]) await fails(/expected an address with http or/, { url });
  });

  it("reports that there is no server", async () => {
    const closed = await serveFile(content);
    await closed.close();
    await fails(/data\.gz: cannot be fetched: .*connection refused.*; get it by other means/, {
      url: `${closed.url}/data.gz`,
    });
    const url = "https://no-such-host.invalid/data.gz";
    await fails(/^https:\/\/no-such-host\.invalid\/data\.gz: cannot be fetched: .*(ENOTFOUND|EAI_AGAIN)/, { url });
  });

  it("reports the space needed when the disk is full", {
    skip: !existsSync("/dev/full") && "no /dev/full",
  }, async () => {
    symlinkSync("/dev/full", part);
    await fails(new RegExp(`part: cannot be written: no space left on device.*; ${content.length} bytes are needed$`));
  });

  it("reports that it cannot write", async () => {
    mkdirSync(part);
    await fails(/data\.gz\.part: cannot be written: illegal operation on a directory/);
    rmSync(part, { recursive: true });
    const file = { url: `${server.url}/data.gz`, bytes: content.length, sha256 };
    await assert.rejects(
      downloadFile(file, join(folder, "none", "data.gz")),
      /part: cannot be written: no such file or directory/,
    );
  });
});
