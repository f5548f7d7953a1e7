import type { Credentials } from "../auth/credentials.ts";
import type { Secrets } from "../base/secrets.ts";
import type { Reply } from "../http/reply.ts";
import { Transient } from "../http/retry.ts";
import { formatFaults, readFaults } from "./answer-text.ts";
import type { Call } from "./call.ts";
import { advice, refusal } from "./refusal.ts";

/** Gives back what was expected; throws everything else, as Transient where it may pass. */
export async function expected(
  reply: Reply,
  call: Pick<Call, "method" | "expect" | "passing" | "tag">,
  credentials: () => Promise<Credentials>,
  secrets: Secrets,
): Promise<Reply> {
  const { status, headers, bytes, limit, url, own } = reply;
  if (call.expect.includes(status)) return reply;
  const text = Buffer.from(bytes).toString("utf8");
  const faults = readFaults(headers["content-type"], text, (all) => secrets.hide(all));
  const refused = { status, faults, url, own, tag: call.tag };
  const said = formatFaults(faults);
  const fix = await advice(refused, credentials);
  if (limit !== undefined) {
    const wait = `wait ${Math.ceil(limit.ms / 1000)} s`;
    const error = refusal(call.method, refused, [said, wait].filter(Boolean).join("; "), fix);
    throw limit.worthWaiting ? new Transient(error, { limitedMs: limit.ms }) : error;
  }
  const error = refusal(call.method, refused, said, fix);
  if (status === 408 || (status >= 500 && status !== 501)) throw new Transient(error);
  const retries = Math.max(0, ...faults.map(({ code }) => call.passing?.[code] ?? 0));
  throw retries === 0 ? error : new Transient(error, { retries });
}

/** An answer to a HEAD has no body that could say why it is a refusal; the same by GET has. */
export function isUnexplained({ status }: Reply, { method, expect }: Pick<Call, "method" | "expect">): boolean {
  return method === "HEAD" && status >= 400 && status < 500 && ![404, 408, 429, ...expect].includes(status);
}
