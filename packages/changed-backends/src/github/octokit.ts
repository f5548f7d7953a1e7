import { setTimeout as sleep } from "node:timers/promises";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { type GitHubAccess, type GitHubClient, isRateLimited, refusalOf } from "./client.ts";
import { fetchThroughProxies } from "./fetch.ts";

/** Waiting that the servers ask for, in sum; beyond it, the next step of the ladder is faster. */
const MAX_WAIT_SECONDS = 60;

/** A wait that a person should know of. */
const LONG_WAIT_SECONDS = 10;

/** A server that keeps refusing without asking for any wait is not asked for ever. */
const MAX_TRIES = 5;

const ThrottledOctokit = Octokit.plugin(retry, throttling);

/** Octokit for one repository; `onRequest` hears of every request, retries included. */
export function connect(access: GitHubAccess, onRequest: () => void): GitHubClient {
  const { apiUrl, token, owner, repo, second = 1000, timeout = 20_000, env = process.env } = access;
  const { runTimeout = 180_000, debug, onWait } = access;
  const send = fetchThroughProxies({ env, timeout, runTimeout, debug, onWait });
  let waited = 0;
  const mayWait = (seconds: number, tries: number): boolean => {
    const may = tries < MAX_TRIES && waited + seconds <= MAX_WAIT_SECONDS;
    debug?.log(() => `the API asks for a wait of ${seconds} s: ${may ? "waiting" : "not waiting any longer"}`);
    if (may) waited += seconds;
    if (may && seconds >= LONG_WAIT_SECONDS) onWait?.(`waiting ${seconds} s for GitHub's API, as it asks`);
    return may;
  };
  const octokit = new ThrottledOctokit({
    baseUrl: apiUrl.replace(/\/+$/, ""),
    ...(token ? { auth: token } : {}),
    userAgent: "fanfold",
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    request: {
      fetch: (url: string | URL, options?: { readonly headers?: Readonly<Record<string, string>> }) => {
        onRequest();
        return send(url, options);
      },
    },
    throttle: {
      retryAfterBaseValue: second,
      onRateLimit: (seconds, _options, _octokit, tries) => mayWait(seconds, tries),
      onSecondaryRateLimit: (seconds, _options, _octokit, tries) => mayWait(seconds, tries),
    },
    // Two more tries, after 1 and 4 seconds; 403 and 429 are the other plugin's.
    retry: { retries: 2, retryAfterBaseValue: second, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
  });
  // The throttling plugin looks for GitHub's own words or for an exhausted limit; a proxy, or a GHES, may just say when.
  octokit.hook.wrap("request", async (request, options) => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await request(options);
      } catch (error) {
        const seconds = bareRetryAfter(error);
        if (seconds === undefined || !mayWait(seconds, tries)) throw error;
        await sleep(seconds * second);
      }
    }
  });
  return { octokit, repository: { owner, repo } };
}

/** The seconds of a refusal that the throttling plugin leaves alone. */
function bareRetryAfter(error: unknown): number | undefined {
  const refusal = refusalOf(error);
  if (refusal === undefined || !isRateLimited(refusal)) return undefined;
  if (/\bsecondary rate\b/i.test(refusal.message) || refusal.headers["x-ratelimit-remaining"] === "0") return undefined;
  const seconds = Number(refusal.headers["retry-after"]);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
