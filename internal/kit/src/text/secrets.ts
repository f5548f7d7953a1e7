/**
 * Every secret this process has come to know, so that none gets into a message or a log: servers echo what they were
 * sent, in the spelling that they please.
 */
export class Secrets {
  readonly #spellings = new Set<string>();
  /** Longest first, so that no spelling is cut by a shorter one inside it. */
  #ordered: readonly string[] | undefined;

  /** Values under 4 characters hide nothing and would blot out half of every message. */
  add(...values: readonly (string | undefined)[]): void {
    for (const value of values) {
      if (value === undefined || value.length < 4) continue;
      for (const spelling of spellingsOf(value)) this.#spellings.add(spelling);
    }
    this.#ordered = undefined;
  }

  /** The values of variables whose names say that they are secret. */
  addEnvironment(env: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(env)) {
      if (value === undefined) continue;
      if (SECRET_NAME.test(name)) {
        if (value.length >= 6 && !COMMON_VALUE.test(value)) this.add(value);
      }
      // A proxy's user and password stand in its address.
      for (const [, user = "", password = ""] of value.matchAll(USER_INFO)) this.add(password === "" ? user : password);
    }
  }

  hide(text: string): string {
    this.#ordered ??= [...this.#spellings].sort((a, b) => b.length - a.length);
    let hidden = text;
    for (const secret of this.#ordered) hidden = hidden.replaceAll(secret, "***");
    return hidden;
  }
}

const SECRET_NAME = /token|secret|passw|credential|(?:^|_)(?:auth|pat|key)$|api_?key/i;
// Switches and names of files are no secrets, and stand in every other message.
const COMMON_VALUE = /^(?:true|false|\d{1,7}|\.{0,2}\/.*)$/s;
const USER_INFO = /:\/\/([^\s:@/]{1,300})(?::([^\s@/]{1,300}))?@/g;

/**
 * As it is, within JSON, within an address or a form, in hex, and in base64 of each alphabet and of each alignment: text
 * in front of a secret (`user:`) moves it by one or two bytes, and then only the groups that it fills alone are known.
 */
function spellingsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const form = new URLSearchParams([["", value]]).toString().slice(1);
  const encoded = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    // The first characters of a moved text and the last one hold bits of its neighbours.
    const start = offset === 0 ? 0 : offset + 1;
    const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    const own = text.slice(start, end);
    return own.length < MIN_ENCODED ? [] : [own, own.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    ...percentSpellings(value),
    form,
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
    ...encoded,
  ];
}

// Shorter pieces of base64 stand in other text by chance.
const MIN_ENCODED = 6;

function percentSpellings(value: string): readonly string[] {
  try {
    const upper = encodeURIComponent(value);
    return [upper, upper.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())];
  } catch {
    // Half a surrogate pair has no spelling in an address.
    return [];
  }
}

/** An address for messages and logs: without user and password, and of its query only the named parameters. */
export function safeUrl(url: URL, shownParameters: ReadonlySet<string> = HARMLESS_PARAMETERS): string {
  const shown = [...url.searchParams].filter(([name]) => shownParameters.has(name));
  const query = shown.map(([name, value]) => `${name}=${value}`).join("&");
  return `${url.origin}${url.pathname}${query === "" ? "" : `?${query}`}`;
}

const HARMLESS_PARAMETERS: ReadonlySet<string> = new Set([
  "digest",
  "from",
  "mount",
  "n",
  "page",
  "per_page",
  "recursive",
  "ref",
  "scope",
  "service",
  "tag",
]);
