import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { HttpClient } from "@fanfold-internal/kit/http/client";
import type { Environment } from "@fanfold-internal/kit/http/proxy";

/** What octokit asks of a `fetch`. */
export type Fetch = (
  url: string | URL,
  options?: { readonly headers?: Readonly<Record<string, string>> },
) => Promise<Response>;

/** GitHub redirects what it knows by a new name, such as a repository. */
const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Requests to one API at one time. */
const CONNECTIONS = 16;

/**
 * A `fetch` for questions (GET) that goes through the proxies of the environment, which Node's own does only from 22.21
 * and 24.5 on, and where it is told to.
 *
 * @param timeout milliseconds that a question may take, redirects and body included
 */
export function fetchThroughProxies(env: Environment, timeout: number): Fetch {
  const client = new HttpClient(env, CONNECTIONS, { connect: timeout, answer: timeout, idle: timeout });
  return async (input, { headers = {} } = {}) => {
    const signal = AbortSignal.timeout(timeout);
    try {
      const answer = await follow(client, new URL(input), { ...headers, "accept-encoding": "gzip" }, signal);
      // Read here: octokit takes a body that breaks off for an empty one, and does not ask again.
      const body = await bodyOf(answer);
      const given = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      );
      return new Response(body.length === 0 ? null : body, {
        status: answer.statusCode ?? 0,
        statusText: answer.statusMessage ?? "",
        headers: given.filter(([name]) => name !== "content-encoding" && name !== "content-length"),
      });
    } catch (error) {
      throw signal.aborted ? signal.reason : explained(error);
    }
  };
}

async function follow(
  client: HttpClient,
  from: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let url = from;
  for (let hops = 0; ; hops++) {
    // The token is for nobody else.
    const { authorization: _, ...others } = headers;
    const sent = url.origin === from.origin ? headers : others;
    const answer = await client.send({ method: "GET", url, headers: sent, signal });
    const { location } = answer.headers;
    if (!REDIRECTS.includes(answer.statusCode ?? 0) || location === undefined) return answer;
    answer.destroy();
    if (hops === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    url = new URL(location, url);
  }
}

async function bodyOf(answer: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const packed = answer.headers["content-encoding"] === "gzip";
  // A body that breaks off fails at whoever reads it.
  const read = await buffer(packed ? pipeline(answer, createGunzip(), () => {}) : answer);
  return Buffer.from(read);
}

/** Where a name has several addresses, none of which answers, Node's error has a code and no words. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error.message !== "" || !("code" in error)) return error;
  return new Error(String(error.code), { cause: error });
}
