import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, Socket } from "node:net";
import { join } from "node:path";
import { downloadFile } from "../../../src/data/download.js";
import { mutateBytes, mutateWith } from "../mutate-bytes.js";
import type { Target } from "../target.js";

const BODY = "0123456789";
const STALL_MILLISECONDS = 300;

const SEEDS = [
  `HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n${BODY}`,
  `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n${BODY.slice(4)}`,
  `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n`,
  `HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n${BODY}`,
  "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnone\n",
  "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */10\r\nContent-Length: 0\r\n\r\n",
];

const TOKENS = [
  ...[
    "HTTP/1.1 ",
    "HTTP/2 200\r\n",
    "100 Continue\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\n\r\n",
    "101 Switching Protocols",
    "204",
    "304",
  ],
  ...[
    "Content-Length: 9223372036854775807\r\n",
    "Content-Length: -1\r\n",
    "Content-Length: 10\r\nContent-Length: 11\r\n",
  ],
  ...[
    "Content-Range: bytes 4-",
    "Content-Range: bytes 99999999999999999999-\r\n",
    "Transfer-Encoding: chunked\r\n",
    "ffffffffffffffff\r\n",
  ],
  ...[
    "Content-Encoding: gzip\r\n",
    "Location: file:///etc/passwd\r\n",
    "Location: https://127.0.0.1:1/\r\n",
    "Location: //\r\n",
  ],
  ...[
    "Location: http://127.0.0.1:99999/\r\n",
    "Location: javascript:1\r\n",
    `Location: ${"/a".repeat(6000)}\r\n`,
    "Upgrade: h2c\r\n",
  ],
  ...[
    `X: ${"y".repeat(20_000)}\r\n`,
    "X: \xff\x80\r\n",
    "\r\n\r\n",
    "\r\n",
    " folded\r\n",
    ": no name\r\n",
    "Set-Cookie: a=b\r\n",
  ],
];

/** What a server answers, byte by byte; the last byte is the number of bytes fetched before, of which the rest is asked for. */
export const download: Target = {
  name: "download",
  mutators: [mutateBytes, mutateWith(TOKENS)],
  seeds: () =>
    SEEDS.flatMap((answer) =>
      [0, 4].map((before) => Buffer.concat([Buffer.from(answer, "latin1"), Uint8Array.of(before)])),
    ),
  isUnnamed: true,
  async prepare(folder) {
    let answer: Uint8Array = Buffer.alloc(0);
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    allowOnly(port);
    const path = join(folder, "file");
    const sha256 = createHash("sha256").update(BODY).digest("hex");
    return async (input) => {
      answer = input.subarray(0, -1);
      const before = (input.at(-1) ?? 0) % 12;
      rmSync(path, { force: true });
      rmSync(`${path}.part`, { force: true });
      if (before > 0) writeFileSync(`${path}.part`, BODY.slice(0, before).padEnd(before, "x"));
      try {
        await downloadFile({ url: `http://127.0.0.1:${port}/file`, bytes: BODY.length, sha256 }, path, {
          stallMilliseconds: STALL_MILLISECONDS,
        });
      } finally {
        const names = readdirSync(folder);
        assert.ok(
          names.every((name) => name === "file" || name === "file.part"),
          `files ${names}`,
        );
        if (existsSync(path)) assert.equal(readFileSync(path, "latin1"), BODY);
      }
      assert.ok(existsSync(path), "no file after a download that succeeded");
    };
  },
};

/** From now on this process connects to this port of this machine only, whatever a redirect says. */
function allowOnly(port: number): void {
  const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const [first] = args;
    const options = (Array.isArray(first) ? first[0] : first) as { host?: unknown; port?: unknown };
    if (Number(options.port) === port && options.host === "127.0.0.1") return connect.apply(this, args);
    process.nextTick(() => this.destroy(new Error("connect ECONNREFUSED")));
    return this;
  } as typeof Socket.prototype.connect;
}
