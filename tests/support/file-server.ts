import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A web server on this machine that hands out one file, well or badly. */
export interface FileServer {
  /** Its address, without a slash at the end. */
  readonly url: string;
  /** Bytes of body handed out so far. */
  served: number;
  /** The Range header of each request, "" where there was none. */
  readonly ranges: string[];
  /** How requests are answered; `content`'s parts, as a good server does, unless changed. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Answers with a part of the file: status 206 for a range, 416 past the end, else 200. */
  good(request: IncomingMessage, response: ServerResponse): void;
  /** Writes bytes of body and counts them. */
  write(response: ServerResponse, bytes: Uint8Array): void;
  close(): Promise<void>;
}

export async function serveFile(content: Uint8Array): Promise<FileServer> {
  const server = createServer((request, response) => {
    fileServer.ranges.push(request.headers.range ?? "");
    fileServer.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fileServer: FileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    served: 0,
    ranges: [],
    answer: (request, response) => fileServer.good(request, response),
    good: ({ headers }, response) => {
      const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
      if (start >= content.length) {
        response.writeHead(416, { "Content-Range": `bytes */${content.length}` }).end();
        return;
      }
      const rest = content.subarray(start);
      const range = start > 0 ? { "Content-Range": `bytes ${start}-${content.length - 1}/${content.length}` } : {};
      response.writeHead(start > 0 ? 206 : 200, { "Content-Length": rest.length, ...range });
      fileServer.write(response, rest);
      response.end();
    },
    write: (response, bytes) => {
      fileServer.served += bytes.length;
      response.write(bytes);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fileServer;
}
