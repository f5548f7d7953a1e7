import { isIPv6 } from "node:net";
import { DigestToolsError } from "../base/error.ts";
import type { Digest } from "./descriptor.ts";
import { isDigest } from "./digest.ts";

/** A registry's repository: `quay.io` and `example/backends`. */
export interface Repository {
  /** As in the name, with its port: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** The path, `library/` included: `library/busybox`. */
  readonly path: string;
}

export interface ImageReference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

const MAX_PATH_LENGTH = 255;

/**
 * Reads an image's name by the grammar of
 * https://github.com/distribution/reference/blob/main/reference.go, with Docker's defaults: no registry is `docker.io`,
 * and one without a namespace is in `library/` there. Neither tag nor digest is added.
 *
 * @throws DigestToolsError `invalid-reference`, which says at which character.
 */
export function parseReference(text: string): ImageReference {
  const scheme = /^https?:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) throw fault(text, scheme.indexOf(":"), "a name, not an address", `drop ${scheme}`);
  const scan = new Scan(text);
  const at = text.indexOf("@");
  const named = at === -1 ? text.length : at;
  const colon = text.lastIndexOf(":", named - 1);
  const tagged = colon > text.lastIndexOf("/", named - 1) ? colon : named;
  const slash = text.indexOf("/");
  const hasRegistry = slash !== -1 && slash < tagged && isRegistry(text.slice(0, slash));
  if (hasRegistry) scan.registry(slash);
  const start = hasRegistry ? slash + 1 : 0;
  scan.path(start, tagged);
  const repository = withDefaults(hasRegistry ? text.slice(0, slash) : "docker.io", text.slice(start, tagged));
  return {
    ...repository,
    ...(tagged === named ? {} : { tag: scan.tag(tagged + 1, named) }),
    ...(at === -1 ? {} : { digest: scan.digest(at + 1) }),
  };
}

/**
 * The same for a name that stands for a whole repository.
 *
 * @throws DigestToolsError `invalid-reference`, also for a tag or a digest.
 */
export function parseRepository(text: string): Repository {
  const { registry, path, tag, digest } = parseReference(text);
  if (tag === undefined && digest === undefined) return { registry, path };
  const end = digest === undefined ? text.lastIndexOf(":") : text.indexOf("@");
  throw fault(
    text,
    end,
    `a repository, without ${digest === undefined ? "tag" : "digest"}`,
    `write ${text.slice(0, end)}`,
  );
}

/** Whether a registry takes this as a tag. */
export function isTag(text: string): boolean {
  return /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text);
}

/** Why a text cannot be a tag, as the end of a sentence; undefined: it can. */
export function tagProblem(text: string): string | undefined {
  if (isTag(text)) return undefined;
  return text.length > 128
    ? `has ${text.length} characters, 128 are allowed`
    : "must be a letter, a digit or _, then letters, digits, _ . and -";
}

/** `quay.io/example/backends:v1@sha256:…`, complete: what was left to the defaults is written out. */
export function formatReference({ registry, path, tag, digest }: ImageReference): string {
  return `${registry}/${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/**
 * Text that a person typed, without the user and password of an address in it, or of an image's name written like an
 * address without its scheme. In a name that is right, only a digest follows an `@`: it holds no `/`.
 */
export function withoutUser(text: string): string {
  if (text.startsWith("oci:")) return text;
  if (text.includes("://")) {
    return text.replace(/\S+/g, (word) => {
      const [start, at] = [word.indexOf("://"), word.lastIndexOf("@")];
      return start === -1 || at < start ? word : `${word.slice(0, start)}://***${word.slice(at)}`;
    });
  }
  const at = endOfUser(/^\S*/.exec(text)?.[0] ?? "");
  return at === -1 ? text : `***${text.slice(at)}`;
}

/** Where the `@` stands that ends a user and a password; -1: there are none. */
function endOfUser(name: string): number {
  const [colon, slash] = [name.indexOf(":"), name.indexOf("/")];
  if (colon === -1) return -1;
  let last = -1;
  for (let at = name.lastIndexOf("@"), end = name.length; at > colon; end = at, at = name.lastIndexOf("@", at - 1)) {
    const behind = name.slice(at + 1, end);
    if (behind.includes("/")) return at;
    if (last === -1 && (slash === -1 || at < slash) && !/^sha\d+:/.test(behind)) last = at;
  }
  return last;
}

/** The first part of a name is a registry when nothing else can be: it has a dot, a port or an upper-case letter, or is `localhost`. */
function isRegistry(first: string): boolean {
  return first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
}

function withDefaults(registry: string, path: string): Repository {
  if (registry !== "docker.io" && registry !== "index.docker.io") return { registry, path };
  return { registry: "docker.io", path: path.includes("/") ? path : `library/${path}` };
}

class Scan {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  registry(end: number): void {
    const host = this.#text.startsWith("[") ? this.#bracketedEnd(end) : this.#hostNameEnd(end);
    if (host === end) return;
    if (this.#text[host] !== ":") this.#fail(host, 'a port (":5000") or "/"');
    const port = this.#text.slice(host + 1, end);
    const bad = port.search(/[^0-9]/);
    if (port === "" || bad !== -1) this.#fail(host + 1 + Math.max(bad, 0), "a port number");
    if (Number(port) < 1 || Number(port) > 65_535) this.#fail(host + 1, "a port from 1 to 65535");
  }

  path(start: number, end: number): void {
    if (start === end) this.#fail(start, "a repository's name");
    let from = start;
    for (const component of this.#text.slice(start, end).split("/")) {
      this.#component(component, from);
      from += component.length + 1;
    }
    if (end - start > MAX_PATH_LENGTH) {
      this.#fail(start + MAX_PATH_LENGTH, `a repository's name of at most ${MAX_PATH_LENGTH} characters`);
    }
    if (/^[0-9a-f]{64}$/.test(this.#text.slice(start, end))) {
      this.#fail(
        start,
        "a repository's name, which cannot be 64 hexadecimal digits",
        "an image's digest is written NAME@sha256:…",
      );
    }
  }

  tag(start: number, end: number): string {
    const tag = this.#text.slice(start, end);
    if (isTag(tag)) return tag;
    const bad = tag.search(/[^a-zA-Z0-9._-]/);
    if (tag === "" || bad !== -1) this.#fail(start + Math.max(bad, 0), 'a tag: letters, digits, "_", "." and "-"');
    if (/^[.-]/.test(tag)) this.#fail(start, 'a tag, which starts with a letter, a digit or "_"');
    this.#fail(start + 128, "the tag's end: it has at most 128 characters");
  }

  digest(start: number): Digest {
    const digest = this.#text.slice(start);
    if (isDigest(digest)) return digest;
    if (!digest.startsWith("sha256:")) this.#fail(start, 'a digest, "sha256:" and 64 hexadecimal digits');
    const hex = digest.slice("sha256:".length);
    const bad = hex.search(/[^0-9a-f]/);
    const offset = bad === -1 ? Math.min(hex.length, 64) : bad;
    this.#fail(start + "sha256:".length + offset, "a sha256 digest of 64 lower-case hexadecimal digits");
  }

  #bracketedEnd(end: number): number {
    const close = this.#text.indexOf("]");
    if (close === -1 || close > end) this.#fail(end, '"]" at the end of an IPv6 address');
    const zone = this.#text.indexOf("%");
    if (zone !== -1 && zone < close) this.#fail(zone, "an IPv6 address without a zone, which no URL can hold");
    if (!isIPv6(this.#text.slice(1, close))) this.#fail(1, "an IPv6 address");
    return close + 1;
  }

  #hostNameEnd(end: number): number {
    const colon = this.#text.indexOf(":");
    const hostEnd = colon === -1 || colon > end ? end : colon;
    let from = 0;
    for (const label of this.#text.slice(0, hostEnd).split(".")) {
      const bad = label.search(/[^a-zA-Z0-9-]/);
      if (bad !== -1) this.#fail(from + bad, "a registry's host name");
      if (label === "" || label.startsWith("-")) this.#fail(from, "a letter or digit of the registry's host name");
      if (label.endsWith("-")) this.#fail(from + label.length, 'a letter or digit after "-"');
      from += label.length + 1;
    }
    // What ends in a number is read as an IPv4 address, and 1.2.3.4.5 or 256.1.1.1 is none.
    const host = this.#text.slice(0, hostEnd);
    if (!URL.canParse(`https://${host}/`)) this.#fail(0, "a host name or an IP address");
    // 127.1 would be reached as another host than it is written, and logins are kept by what is written.
    const { hostname } = new URL(`https://${host}/`);
    if (hostname !== host.toLowerCase()) this.#fail(0, "an IP address in its usual form", `write ${hostname}`);
    return hostEnd;
  }

  #component(component: string, from: number): void {
    if (/^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/.test(component)) return;
    const upper = component.search(/[A-Z]/);
    const bad = component.search(/[^a-z0-9._-]/);
    if (bad !== -1 && bad === upper) {
      this.#fail(
        from + bad,
        "lower case: a repository's name has no upper-case letters",
        `write ${component.toLowerCase()}`,
      );
    }
    if (bad !== -1) this.#fail(from + bad, 'lower-case letters, digits, ".", "_", "-" and "/"');
    // What is left to be wrong is a separator: first, last, or beside one it does not combine with.
    for (const { 0: run, index } of component.matchAll(/[._-]+/g)) {
      if (index === 0) this.#fail(from, "a lower-case letter or digit");
      const end = index + run.length;
      if (end === component.length) this.#fail(from + end, `a lower-case letter or digit after "${run}"`);
      if (!/^(?:[._]|__|-+)$/.test(run)) this.#fail(from + index + 1, `a lower-case letter or digit after "${run[0]}"`);
    }
    this.#fail(from, "a lower-case letter or digit");
  }

  #fail(offset: number, expected: string, fix?: string): never {
    throw fault(this.#text, offset, expected, fix);
  }
}

function fault(text: string, offset: number, expected: string, fix?: string): DigestToolsError {
  const char = text[offset];
  const found = char === undefined ? "its end" : JSON.stringify(char);
  return new DigestToolsError({
    code: "invalid-reference",
    message: `image name ${JSON.stringify(withoutUser(text))}: expected ${expected}, found ${found} at character ${offset + 1}`,
    fix,
  });
}
