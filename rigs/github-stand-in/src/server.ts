import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { answer } from "./answer.ts";
import { findGitDirectory } from "./git/revisions.ts";
import { StandInError } from "./git/stand-in-error.ts";
import { addressesAt } from "./http/addresses.ts";
import {
  githubLimits,
  type Limits,
  type PullRequest,
  type Release,
  type WorkflowRun,
  type World,
} from "./http/call.ts";
import { type Credentials, judgeCredentials } from "./http/credentials.ts";
import { alterReply, FailureQueue, type FailureRule, refusalReply } from "./http/failure.ts";
import { type ApiRoute, locate } from "./http/locate.ts";
import { RateLimit } from "./http/rate-limit.ts";
import { json, notFound, type Reply, refusal } from "./http/reply.ts";
import { send } from "./http/send.ts";
import { refuseService, serveGit } from "./smart-http.ts";

export interface GitHubStandInOptions {
  /** The root of a git repository, bare or with a work tree. Only ever read. */
  readonly repository: string;
  readonly owner: string;
  readonly name: string;
  /** Default: the branch that the repository's HEAD is on. */
  readonly defaultBranch?: string;
  /** The one token that is accepted; without it every token is. */
  readonly token?: string;
  /** `refused` makes a request without a token a 401. Default: `allowed`. */
  readonly anonymous?: "allowed" | "refused";
  /** Files of workflows that have not run yet. Default: none. */
  readonly workflows?: readonly string[];
  /** Default: GitHub's own. */
  readonly limits?: Partial<Limits>;
}

export interface RecordedRequest {
  readonly method: string;
  /** Path and query, as they came. */
  readonly url: string;
  /** Without `authorization` and `cookie`. */
  readonly headers: IncomingHttpHeaders;
  readonly credentials: Credentials;
  readonly route: ApiRoute | "git";
  /** `null` until an answer is sent, and for good when the connection was closed instead. */
  readonly status: number | null;
}

export interface GitHubStandIn extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, GitHub's web address (`GITHUB_SERVER_URL`). */
  readonly url: string;
  /** The API as on github.com; as on a GHES it is at `<url>/api/v3`. */
  readonly apiUrl: string;
  /** For `git fetch`: `<url>/<owner>/<name>.git`. */
  readonly gitUrl: string;
  /** Every request so far, in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /** Opens a pull request, or moves an open one: a newer push to its head, a newer tip of its base. */
  setPullRequest(pull: PullRequest): void;
  /** Starts a run of a workflow, or changes one: by its id. */
  setRun(run: WorkflowRun): void;
  /** Queues a failure. */
  fail(rule: FailureRule): void;
  /** Takes back every failure that was queued. */
  failNoMore(): void;
  /**
   * Closes all connections and ends what git still does.
   * @throws StandInError `request-failed` when a request got a 500 that nobody had asked for
   */
  close(): Promise<void>;
}

type Recording = Omit<RecordedRequest, "route" | "status"> & { route: ApiRoute | "git"; status: number | null };

/**
 * Starts an HTTP server on loopback that answers as GitHub would if `repository` were hosted there as `owner`/`name`.
 * @throws StandInError `not-a-repository`
 */
export async function startGitHubStandIn(options: GitHubStandInOptions): Promise<GitHubStandIn> {
  const { owner, name } = options;
  const pullRequests = new Map<number, PullRequest>();
  const gitDir = await findGitDirectory(options.repository);
  const limits: Limits = { ...githubLimits, ...options.limits };
  const runs = new Map<number, WorkflowRun>();
  const workflows = new Set(options.workflows);
  const branch = options.defaultBranch ?? null;
  const releases = new Map<string, Release>();
  const world: World = { gitDir, owner, name, defaultBranch: branch, limits, pullRequests, runs, workflows, releases };
  const failures = new FailureQueue();
  const requests: Recording[] = [];
  const faults: unknown[] = [];
  const rateLimit = new RateLimit();
  const closing = new AbortController();
  let origin = "";

  async function handle(request: IncomingMessage, response: ServerResponse, recording: Recording): Promise<void> {
    const { credentials } = recording;
    const url = new URL(origin + recording.url);
    const located = locate(url.pathname, owner, name);
    recording.route = located.target.route;
    const refused = unauthorized(located.surface, credentials, options.anonymous ?? "allowed");
    const failure = refused === null ? failures.take(located.target.route, url) : null;
    if (failure?.kind === "slow") await sleep(failure.milliseconds, undefined, { signal: closing.signal });
    if (failure?.kind === "reset") {
      request.socket.resetAndDestroy();
      return;
    }
    const early = refused ?? (failure === null ? null : refusalReply(failure, located.target));
    if (located.surface === "git") {
      const refusedService = early ?? refuseService(url, located.target);
      recording.status = refusedService?.status ?? 200;
      if (refusedService === null) await serveGit(request, response, located.target, gitDir, closing.signal);
      else send(response, refusedService, {}, failure);
      return;
    }
    const { prefix, target } = located;
    if (target.route !== "rate-limit") rateLimit.count(credentials);
    const addresses = addressesAt(origin, prefix, owner, name);
    const posted = request.method === "POST" ? { value: await jsonOf(request) } : undefined;
    const call = { world, url, accept: request.headers.accept ?? "", addresses, posted };
    const real = async () =>
      target.route === "rate-limit" ? rateLimit.reply(credentials) : await answer(call, target);
    // Nobody writes anonymously.
    const known = request.method === "GET" || (request.method === "POST" && credentials === "accepted");
    const reply = early ?? (known ? await real() : notFound());
    recording.status = reply.status;
    const headers = {
      ...rateLimit.headers(credentials),
      "x-github-request-id": requestId(requests.indexOf(recording)),
    };
    send(response, failure === null ? reply : alterReply(reply, failure), headers, failure);
  }

  const server = createServer((request, response) => {
    const recording = record(request, options.token ?? null);
    requests.push(recording);
    handle(request, response, recording).catch((error: unknown) => {
      if (closing.signal.aborted) {
        response.destroy();
        return;
      }
      // The client cannot tell it from GitHub's own 500, and may well cope with it: the test is told by `close`.
      faults.push(error);
      if (response.headersSent) {
        response.destroy();
        return;
      }
      recording.status = 500;
      send(response, json({ message: `the stand-in failed: ${String(error)}` }, 500), {}, null);
    });
  });
  origin = await listen(server);

  async function shutDown(): Promise<void> {
    closing.abort();
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    const [cause] = faults;
    if (faults.length === 0) return;
    const message = `${faults.length} requests could not be answered; the first: ${String(cause)}`;
    throw new StandInError({ code: "request-failed", message, cause });
  }

  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    closed ??= shutDown();
    await closed;
  };

  return {
    url: origin,
    apiUrl: origin,
    gitUrl: `${origin}/${owner}/${name}.git`,
    requests,
    setPullRequest: (pull) => void pullRequests.set(pull.number, pull),
    setRun: (run) => void runs.set(run.id, run),
    fail: (rule) => failures.add(rule),
    failNoMore: () => failures.clear(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request);
  return text === "" ? undefined : JSON.parse(text);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return `http://127.0.0.1:${address.port}`;
}

function record(request: IncomingMessage, token: string | null): Recording {
  const { authorization, cookie: _cookie, ...headers } = request.headers;
  const credentials = judgeCredentials(authorization, token);
  return {
    method: request.method ?? "",
    url: request.url ?? "/",
    headers,
    credentials,
    route: "unknown",
    status: null,
  };
}

function unauthorized(
  surface: "api" | "git",
  credentials: Credentials,
  anonymous: "allowed" | "refused",
): Reply | null {
  if (credentials === "accepted" || (credentials === "none" && anonymous === "allowed")) return null;
  const reply = refusal(401, credentials === "wrong" ? "Bad credentials" : "Requires authentication");
  // git sends what it has been given for a host only after it has been asked.
  return surface === "api" ? reply : { ...reply, headers: { "www-authenticate": 'Basic realm="GitHub"' } };
}

function requestId(count: number): string {
  return `FA4F:01D0:${count.toString(16).toUpperCase().padStart(6, "0")}`;
}
