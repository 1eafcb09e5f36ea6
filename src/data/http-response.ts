import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { quote } from "../text/describe.js";

const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/** Options of a request. */
export interface HttpRequest {
  /** The first byte requested; above 0 by a Range header, which a server may ignore. */
  readonly start: number;
  /** Time without data, while connecting or later, after which the request fails. */
  readonly stallMilliseconds: number;
}

/**
 * Requests a file over HTTP or HTTPS and follows up to 5 redirects. Read the body, or destroy the response.
 *
 * The body is returned as sent: unlike `fetch`, it is not decompressed if the server declares an archive's gzip as a
 * content encoding.
 *
 * @returns the first response that is not a redirect, whatever its status; reading it throws if the connection breaks
 * @throws Error if the URL is not http or https, there are too many redirects, or there is no connection
 */
export async function requestFile(url: string, request: HttpRequest): Promise<IncomingMessage> {
  let address = parseAddress(url, undefined);
  for (let followed = 0; followed <= maxRedirects; followed++) {
    const response = await requestOnce(address, request);
    const { location } = response.headers;
    if (!redirects.has(response.statusCode ?? 0) || location === undefined) return response;
    response.destroy();
    address = parseAddress(location, address);
  }
  throw new Error(`expected at most ${maxRedirects} redirects`);
}

function parseAddress(text: string, base: URL | undefined): URL {
  const address = URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (address?.protocol === "https:" || address?.protocol === "http:") return address;
  throw new Error(`expected an address with http or https, found ${quote(text)}`);
}

function requestOnce(address: URL, { start, stallMilliseconds }: HttpRequest): Promise<IncomingMessage> {
  const get = address.protocol === "https:" ? getHttps : getHttp;
  const headers = {
    "User-Agent": "weight-search",
    "Accept-Encoding": "identity",
    ...(start > 0 ? { Range: `bytes=${start}-` } : {}),
  };
  return new Promise((resolve, reject) => {
    let response: IncomingMessage | undefined;
    const request = get(address, { headers, agent: false, timeout: stallMilliseconds }, (answer) => {
      response = answer;
      resolve(answer);
    });
    request.on("error", reject);
    request.on("timeout", () => {
      const error = new Error(`the server sent nothing for ${stallMilliseconds / 1000} seconds`);
      (response ?? request).destroy(error);
    });
  });
}
