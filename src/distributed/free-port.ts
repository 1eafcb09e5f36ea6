import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * Finds a free port of this machine, on all of its addresses. The port is opened and closed again, so another program
 * may take it before its user does.
 * @throws system errors
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
