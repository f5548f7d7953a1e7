/** Every secret this process has come to know, so that none gets into a message: servers echo what they were sent. */
export class Secrets {
  readonly #known = new Set<string>();

  /**
   * In every spelling that an echo may have: as it is, within JSON, within an address or a form. Values under 4 characters
   * hide nothing and would blot out half of every message.
   */
  add(...values: readonly string[]): void {
    for (const value of values) {
      if (value.length < 4) continue;
      const form = new URLSearchParams([["", value]]).toString().slice(1);
      const inJson = JSON.stringify(value).slice(1, -1);
      for (const spelling of [value, inJson, encodeURIComponent(value), form]) this.#known.add(spelling);
    }
  }

  hide(text: string): string {
    let hidden = text;
    for (const secret of this.#known) hidden = hidden.replaceAll(secret, "***");
    return hidden;
  }
}

/**
 * Text that a person typed, without the user and password of an address in it, or of an image's name written like an
 * address without its scheme. In a name that is right, only a digest follows an `@`: it holds no `/`.
 */
export function withoutUser(text: string): string {
  if (text.startsWith("oci:")) return text;
  if (text.includes("://")) return text.replace(/:\/\/\S*@/, "://***@");
  return text.replace(/^\S*:\S*@(?=[^@\s]*\/)|^[^/\s]*:[^/\s]*@(?!sha\d+:)/, "***@");
}

const HARMLESS_PARAMETERS = new Set(["digest", "from", "mount", "scope", "service", "tag"]);

/** An address for messages: without user and password, and of its query only what this program wrote itself. */
export function safeUrl(url: URL): string {
  const shown = [...url.searchParams].filter(([name]) => HARMLESS_PARAMETERS.has(name));
  const query = shown.map(([name, value]) => `${name}=${value}`).join("&");
  return `${url.origin}${url.pathname}${query === "" ? "" : `?${query}`}`;
}
