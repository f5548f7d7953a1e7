import type { IncomingMessage } from "node:http";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { HttpClient } from "@fanfold-internal/kit/http/client";
import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import { reasonOf } from "@fanfold-internal/kit/process/errors";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { parseJson } from "@fanfold-internal/kit/read/json";
import { safeUrl } from "@fanfold-internal/kit/text/secrets";
import { IncompleteAnswer } from "./client.ts";

/** An answer, as far as octokit looks at it. Node's own `Response` would load all of its fetch. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: () => Promise<string>;
  readonly arrayBuffer: () => Promise<ArrayBuffer>;
}

/** What octokit asks of a `fetch`. */
export type Fetch = (
  url: string | URL,
  options?: { readonly headers?: Readonly<Record<string, string>> },
) => Promise<Answer>;

export interface FetchOptions {
  readonly env: Environment;
  /** Milliseconds that a question may take, redirects and body included. */
  readonly timeout: number;
  /** Milliseconds that all questions together may take, from the first one on. */
  readonly runTimeout: number;
  readonly debug?: DebugLog | undefined;
  /** Hears what is waited for when an answer takes long. */
  readonly onWait?: ((message: string) => void) | undefined;
}

/** GitHub redirects what it knows by a new name, such as a repository. */
const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];

/** Requests to one API at one time. */
const CONNECTIONS = 16;

/** A recursive tree has at most 7 MB (https://docs.github.com/rest/git/trees), and 300 files with their patches less than this. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** A wait that a person should know of. */
const LONG_WAIT_MS = 10_000;

/**
 * A `fetch` for questions (GET) that goes through the proxies of the environment, which Node's own does only from 22.21
 * and 24.5 on, and where it is told to. Each answer has a limit in time and in size.
 */
export function fetchThroughProxies({ env, timeout, runTimeout, debug, onWait }: FetchOptions): Fetch {
  const client = new HttpClient(env, CONNECTIONS, { connect: timeout, answer: timeout, idle: timeout });
  let deadline: number | undefined;
  return async (input, { headers = {} } = {}) => {
    const url = new URL(input);
    const started = performance.now();
    deadline ??= started + runTimeout;
    const left = deadline - started;
    const log = (end: string): void =>
      debug?.log(() => `GET ${safeUrl(url)}: ${end}, ${Math.round(performance.now() - started)} ms`);
    if (left <= 0) throw new Error(`${url.host} has not answered all questions within ${seconds(runTimeout)}`);
    const limit = Math.ceil(Math.min(timeout, left));
    const signal = AbortSignal.timeout(limit);
    const waiting = setTimeout(() => onWait?.(`waiting for ${url.host}`), LONG_WAIT_MS);
    try {
      const answer = await follow(client, url, { ...headers, "accept-encoding": "gzip" }, signal);
      // Read here: octokit takes a body that breaks off for an empty one, and does not ask again.
      const body = await bodyOf(answer);
      log(String(answer.statusCode));
      refuseDepth(answer, body);
      const given = Object.entries(answer.headersDistinct).map(
        ([name, values = []]) => [name, values.join(", ")] as const,
      );
      return {
        status: answer.statusCode ?? 0,
        statusText: answer.statusMessage ?? "",
        url: url.href,
        headers: new Map(given.filter(([name]) => name !== "content-encoding" && name !== "content-length")),
        text: async () => new TextDecoder().decode(body),
        arrayBuffer: async () => body.buffer.slice(body.byteOffset, body.byteOffset + body.length),
      };
    } catch (error) {
      const failure = signal.aborted
        ? new Error(`${url.host} has not answered within ${seconds(limit)}`)
        : explained(error);
      log(reasonOf(failure));
      throw failure;
    } finally {
      clearTimeout(waiting);
    }
  };
}

const seconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))} s`;

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
  const body: Readable = packed ? pipeline(answer, createGunzip(), () => {}) : answer;
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    total += bytes.length;
    if (total > MAX_ANSWER_BYTES) throw new IncompleteAnswer(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** What octokit does with the values of an answer goes as deep as they do. */
function refuseDepth({ headers }: IncomingMessage, body: Buffer): void {
  if (!/\bjson\b/.test(headers["content-type"] ?? "")) return;
  const parsed = parseJson(body.toString("utf8"));
  if (parsed.kind === "invalid" && parsed.reason.includes("nested"))
    throw new IncompleteAnswer(`an answer that ${parsed.reason.replace(/^it /, "")}`);
}

/** Where a name has several addresses, none of which answers, Node's error has a code and no words. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || error.message !== "" || !("code" in error)) return error;
  return new Error(String(error.code), { cause: error });
}
