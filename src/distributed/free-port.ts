import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * A port of this machine that nobody listens on, on any of its addresses: it is opened, asked for and closed again, so
 * another program may take it before its user does.
 * @throws what the system refuses
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
