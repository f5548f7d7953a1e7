import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { type Secrets, safeUrl } from "@fanfold-internal/kit/text/secrets";
import type { Credentials } from "../auth/credentials.ts";
import { DigestToolsError, type DigestToolsErrorCode } from "../base/error.ts";
import { knownRefusal, type Meaning, registryOf, TAG_REFUSALS } from "../hosts/quirks.ts";
import type { Reply, Request } from "../http/exchange.ts";
import { Transient } from "../http/retry.ts";

/** What was asked, and what is known of it: this is what an answer is judged by. */
export interface Asked {
  readonly method: Request["method"];
  /** As in images' names. */
  readonly registry: string;
  /** Statuses that are an answer. All others are errors. */
  readonly expect: readonly number[];
  /** Error codes of the registry that may pass, with how often to try again. */
  readonly passing?: Readonly<Record<string, number>>;
  /**
   * A tag is to be set. `pushed`: this process has put something into the repository before; `found`: the image was
   * there, and somebody has; `unknown`: it may be the image that is refused.
   */
  readonly tag?: "pushed" | "found" | "unknown" | undefined;
}

interface Login {
  /** Those of the request, for advice. */
  readonly credentials: () => Promise<Credentials>;
  readonly secrets: Secrets;
}

/**
 * Gives back a reply whose status is expected.
 *
 * @throws Transient where trying again may help, otherwise DigestToolsError with the registry's words and the cure
 */
export async function checkStatus(reply: Reply, asked: Asked, { credentials, secrets }: Login): Promise<Reply> {
  const { status, headers, bytes, limit, outage, url, own } = reply;
  if (asked.expect.includes(status)) return reply;
  const faults = readFaults(headers["content-type"], Buffer.from(bytes).toString("utf8"), (text) => secrets.hide(text));
  const { code, fix } = await verdict(reply, asked, faults, credentials);
  const refusal = (said: string): DigestToolsError =>
    new DigestToolsError({
      code,
      message: `${asked.method}: ${own ? "the registry" : "the host that the registry sent this on to"} answered ${status}${said === "" ? "" : ` (${said})`}`,
      at: { url: secrets.hide(safeUrl(url)) },
      fix,
    });
  const said = formatFaults(faults);
  if (limit !== undefined) {
    const error = refusal([said, `wait ${Math.ceil(limit.ms / 1000)} s`].filter(Boolean).join("; "));
    throw limit.worthWaiting ? new Transient(error, { limitedMs: limit.ms }) : error;
  }
  const error = refusal(said);
  if (outage !== undefined) throw new Transient(error, { outage, lost: status !== 503 });
  const retries = Math.max(0, ...faults.map((fault) => asked.passing?.[fault.code] ?? 0));
  throw retries === 0 ? error : new Transient(error, { retries });
}

/** The answer to a HEAD has no body that could explain a refusal; that to a GET has. */
export function isUnexplained({ status }: Reply, { method, expect }: Pick<Asked, "method" | "expect">): boolean {
  return method === "HEAD" && status >= 400 && status < 500 && ![404, 408, 429, ...expect].includes(status);
}

const REFUSALS: readonly DigestToolsErrorCode[] = [
  "tag-protected",
  "rejected",
  "denied",
  "read-only",
  "quota-exceeded",
];

/** A refusal that says nothing about whether what was to be written is there already. */
export function isRefusal(error: unknown): boolean {
  return error instanceof DigestToolsError && REFUSALS.includes(error.code);
}

/** An answer that the distribution specification does not have. `found` must not hold what the server wrote, as it is. */
export function badResponse(request: Pick<Request, "method" | "url">, found: string): DigestToolsError {
  return new DigestToolsError({
    code: "bad-response",
    message: `${request.method}: the registry answered with ${found}`,
    at: { url: safeUrl(request.url) },
    fix: "see that the host is a registry and not a web page; if it is one, report this",
  });
}

interface Verdict {
  readonly code: DigestToolsErrorCode;
  readonly fix: string;
}

const CODES: Readonly<Record<Meaning, DigestToolsErrorCode>> = {
  "tag-protected": "tag-protected",
  "quota-exceeded": "quota-exceeded",
  "read-only": "read-only",
  "too-large": "too-large",
  "login-expired": "unauthorized",
  "no-repository": "not-found",
};

async function verdict(
  reply: Reply,
  { registry, tag }: Asked,
  faults: readonly RegistryFault[],
  credentials: () => Promise<Credentials>,
): Promise<Verdict> {
  const { status, own } = reply;
  if (!own && (status === 401 || status === 403)) {
    return {
      // No login of the user's reaches another host than the registry.
      code: "rejected",
      fix: "that host refuses the address that the registry gave, and no login of yours goes there: run again; if it stays, tell whoever runs the registry",
    };
  }
  if (faults.some(({ code }) => code === "MANIFEST_BLOB_UNKNOWN" || code === "MANIFEST_UNKNOWN")) {
    return {
      code: codeOf(status),
      fix: "something that the manifest names is not in this repository (never pushed, or cleaned away since): push it again",
    };
  }
  const moved = movedTo(reply);
  if (moved !== undefined) {
    return {
      code: "bad-response",
      fix: `it sends writing to ${moved}, in a way that does not keep what is written: name the registry as it is named there, in --image`,
    };
  }
  const known = knownRefusal(registry, status, formatFaults(faults));
  if (known !== undefined) return { code: CODES[known.meaning], fix: known.cure };
  if ((tag === "pushed" || (tag === "found" && status !== 403)) && TAG_REFUSALS.includes(status)) {
    return {
      code: "tag-protected",
      fix: "the repository has taken this image and refuses the tag alone: see whether the registry protects it (immutable tags, a rule for tags, a permission of its own), or publish under another tag",
    };
  }
  return { code: codeOf(status), fix: await advice(status, registry, tag, credentials) };
}

/** The host that a redirect leads to, which has not been followed. */
function movedTo({ status, headers: { location }, url }: Reply): string | undefined {
  if (status < 300 || status > 399 || location === undefined || !URL.canParse(location, url.href)) return undefined;
  return new URL(location, url).host;
}

function codeOf(status: number): DigestToolsErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 403) return "denied";
  if (status === 404) return "not-found";
  if (status === 413) return "too-large";
  if (status === 429) return "rate-limited";
  if (status === 408 || status >= 500) return "server-error";
  return status >= 400 ? "rejected" : "bad-response";
}

async function advice(
  status: number,
  registry: string,
  tag: Asked["tag"],
  credentials: () => Promise<Credentials>,
): Promise<string> {
  if (status === 401 || status === 403) return loginAdvice(status, tag, await credentials().catch(() => undefined));
  if (status === 404) return "see that the repository's name is right, and create it if this registry wants that first";
  if (status === 429) {
    const limit = registryOf(registry)?.limit ?? "wait until the limit has passed, or log in where that raises it";
    return `${limit}; then run again`;
  }
  if (status >= 500 || status === 408)
    return "the registry has a fault that did not pass within several tries: run again later";
  return "the registry does not take this; its own message says why";
}

/** `found` is undefined where Docker's config file is broken, which is not what the refusal is about. */
function loginAdvice(status: number, tag: Asked["tag"], found: Credentials | undefined): string {
  if (found === undefined) return "see that docker login works for it, and that the repository's name is right";
  const { kind, origin } = found;
  if (kind === "anonymous")
    return `no credentials for it in ${origin}: run docker login; or the repository's name is wrong`;
  if (status === 401)
    return `the credentials from ${origin} were not accepted: log in again; or the repository's name is wrong`;
  const other = tag === "found" ? "the registry protects this tag" : "the repository's name is wrong";
  return `the credentials from ${origin} do not allow this: ask for write access; or ${other}`;
}

/** One element of a registry's `{ "errors": […] }` (distribution specification, "Error Codes"). */
export interface RegistryFault {
  readonly code: string;
  readonly message: string;
}

type Hide = (text: string) => string;

const MAX_TEXT = 300;
const MAX_FAULTS = 5;
/** Of a web page, what may hold its title. */
const MAX_PAGE = 4096;

/**
 * What a registry or a token service says went wrong. Besides the distribution specification's form there are OAuth's
 * (`error`, `error_description`), some gateways' (`message`, `details`), and web pages. Secrets in it are hidden before
 * it is cut short: half a secret would not be recognised.
 */
export function readFaults(
  contentType: string | undefined,
  text: string,
  hide: Hide = (all) => all,
): readonly RegistryFault[] {
  if (text.trim() === "") return [];
  const parsed = parseJson(text);
  if (parsed.kind === "ok" && isJsonObject(parsed.value)) {
    const root = parsed.value;
    const errors = root["errors"];
    if (Array.isArray(errors)) {
      return errors
        .filter(isJsonObject)
        .slice(0, MAX_FAULTS)
        .map((fault) => readFault(fault, hide));
    }
    const code = string(root["error"]) ?? string(root["code"]) ?? "";
    const message = string(root["error_description"]) ?? string(root["message"]) ?? string(root["details"]) ?? "";
    return code === "" && message === "" ? [] : [{ code: short(hide(code)), message: short(hide(message)) }];
  }
  const start = text.trimStart().slice(0, 20).toLowerCase();
  const html = contentType?.includes("html") === true || start.startsWith("<!doctype") || start.startsWith("<html");
  if (!html) return [{ code: "", message: short(hide(text)) }];
  const title = titleOf(hide(text).slice(0, MAX_PAGE));
  return [{ code: "", message: title === "" ? "a page of HTML" : `a page titled ${JSON.stringify(short(title))}` }];
}

export function formatFaults(faults: readonly RegistryFault[]): string {
  return faults.map(({ code, message }) => [code, message].filter((part) => part !== "").join(": ")).join("; ");
}

function readFault(fault: Readonly<Record<string, unknown>>, hide: Hide): RegistryFault {
  const detail = fault["detail"];
  const message = string(fault["message"]) ?? "";
  // The detail names the missing blob or the action that was not allowed.
  const more = detail === undefined || detail === null || detail === "" ? "" : ` (${JSON.stringify(detail)})`;
  return { code: short(hide(string(fault["code"]) ?? "")), message: short(hide(`${message}${more}`)) };
}

/** Found by its place: a regular expression would look for the end of each `<title` up to the page's end. */
function titleOf(page: string): string {
  const start = page.toLowerCase().indexOf("<title");
  const open = start === -1 ? -1 : page.indexOf(">", start);
  if (open === -1) return "";
  const close = page.indexOf("<", open);
  return page.slice(open + 1, close === -1 ? page.length : close).trim();
}

function string(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** One line of at most 300 characters, of whatever a server wrote. */
export function short(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length <= MAX_TEXT ? line : `${line.slice(0, MAX_TEXT)}…`;
}
