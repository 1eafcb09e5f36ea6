import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "./free-port.js";

test("a free port can be listened on", async () => {
  const port = await freePort();
  assert.ok(port > 0 && port < 65536, `${port}`);
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  assert.notEqual(await freePort(), port);
  server.close();
});
