/** An image as a Dockerfile or a config names it. https://github.com/distribution/reference/blob/main/reference.go */
export interface ImageName {
  /** With its registry, the same for all ways to write it: `docker.io/library/alpine`. */
  readonly repository: string;
  /** Undefined: none is written, which means `latest`. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** One word and nothing else, as the name of a stage is. */
  readonly bare: boolean;
  /**
   * The short form, in which BuildKit looks for a build context of that name: without `docker.io/`, `library/` and
   * `:latest` (`NamedContext` in frontend/dockerui/config.go). buildx bake compares names as they are written.
   */
  readonly familiar: string;
}

const PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${PART}(?:/${PART})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;

/** Undefined: it names no image. */
export function readImageName(text: string): ImageName | undefined {
  const [named = "", digest, ...others] = text.split("@");
  if (others.length > 0 || (digest !== undefined && !DIGEST.test(digest))) return undefined;
  const [name, tag] = splitTag(named);
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  const [host, path] = splitHost(name);
  if (!HOST.test(host) || !PATH.test(path)) return undefined;
  const short = host === HUB ? path.replace(/^library\/(?=[^/]+$)/, "") : `${host}/${path}`;
  const whole = `${short}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
  return {
    repository: `${host.toLowerCase()}/${path}`,
    tag,
    digest,
    bare: text === path.replace(/^library\//, ""),
    familiar: whole.replace(/:latest$/, ""),
  };
}

/** A name's tag stands behind the last colon, unless that is the port of a registry. */
export function splitTag(named: string): readonly [name: string, tag: string | undefined] {
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return colon === -1 ? [named, undefined] : [named.slice(0, colon), named.slice(colon + 1)];
}

const HUB = "docker.io";

function splitHost(name: string): readonly [host: string, path: string] {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(0, slash));
  // What has neither a dot nor a colon is no registry, but for this one name and for capitals, which no repository has.
  const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const [host, path] = slash !== -1 && isHost ? [first, name.slice(slash + 1)] : [HUB, name];
  const hub = host === "index.docker.io" ? HUB : host;
  return [hub, hub === HUB && !path.includes("/") ? `library/${path}` : path];
}
