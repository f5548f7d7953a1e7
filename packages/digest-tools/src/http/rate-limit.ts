/** What a registry that limits requests says about it. */
export interface RateLimit {
  /** How long to send nothing; undefined: it does not say. */
  readonly waitMs: number | undefined;
  /** How many requests it takes; undefined: it does not say. */
  readonly perMinute: number | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ns: 1e-6,
};
const PER_MINUTE: Readonly<Record<string, number>> = { second: 60, minute: 1, hour: 1 / 60 };

/** Of the text of an answer, what may say something about limits. */
const MAX_TEXT = 4096;
/** No time takes more to write. */
const MAX_TIME = 64;

/**
 * Reads `Retry-After` (seconds or a date, RFC 9110 section 10.2.3) and, where there is none, the text of the answer:
 * GitHub's registry writes Go durations into it, `retry-after: 12.5ms, allowed: 2000/minute`.
 */
export function readRateLimit(retryAfter: string | undefined, body: string, now: number): RateLimit {
  const text = body.slice(0, MAX_TEXT);
  const rate = /\ballowed:\s*(\d+)\s*\/\s*(second|minute|hour)\b/i.exec(text);
  const perUnit = Number(rate?.[1] ?? 0);
  const unit = PER_MINUTE[rate?.[2]?.toLowerCase() ?? ""];
  return {
    waitMs: readHeader(retryAfter, now) ?? readDuration(/\bretry-after:\s*([0-9.a-zµμ]+)/i.exec(text)?.[1]),
    perMinute: unit === undefined || perUnit === 0 ? undefined : perUnit * unit,
  };
}

function readHeader(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (text.length > MAX_TIME) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  // Date.parse takes almost anything; a date of HTTP has a time zone and a time.
  const date = /\d:\d\d/.test(text) && /(?:GMT|UTC|[+-]\d{4})$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function readDuration(text: string | undefined): number | undefined {
  if (text === undefined || text.length > MAX_TIME) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  let total = 0;
  // Bounded, so that a long row of digits is not looked through from each of them.
  const rest = text.replace(/(\d{1,15}(?:\.\d{1,15})?)(h|ms|us|µs|μs|ns|m|s)/g, (_, value: string, unit: string) => {
    total += Number(value) * (UNIT_MS[unit] ?? 0);
    return "";
  });
  return rest === "" || rest === "." ? total : undefined;
}
