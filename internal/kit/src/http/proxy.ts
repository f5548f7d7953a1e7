import { BlockList, isIP, isIPv4 } from "node:net";
import { hostName, isLoopback } from "./loopback.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The way to a host that is not a direct one. */
export interface HttpProxy {
  /** The variable that names it. */
  readonly variable: string;
  /** Without user and password. */
  readonly url: URL;
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/** A variable that names no proxy. Its value is not in the message: it may hold a password. */
export class BadProxyError extends Error {
  override readonly name = "BadProxyError";
  readonly fix: string;

  constructor(variable: string, message: string, fix: string) {
    super(`${variable}: ${message}`);
    this.fix = fix;
  }
}

/** A proxy that refused to connect to a host. */
export class TunnelError extends Error {
  override readonly name = "TunnelError";
  /** What it answered. */
  readonly status: number;

  constructor({ variable, url }: HttpProxy, status: number) {
    const why = status === 407 ? "its user or password is missing or wrong" : "it does not lead to this host";
    super(`the proxy ${url.host} of ${variable} answered ${status}: ${why}`);
    this.status = status;
  }
}

/**
 * The proxy for an address: `https_proxy` or `HTTPS_PROXY` for https, `http_proxy` or `HTTP_PROXY` for http, unless
 * `no_proxy` or `NO_PROXY` names the host. This machine is reached directly. The rules are those of docker and everything
 * else written in Go (https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config); curl's and git's differ in little.
 *
 * @throws BadProxyError
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const scheme = url.protocol === "https:" ? "https" : "http";
  const variable = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`].find((name) => env[name]?.trim());
  const value = variable === undefined ? undefined : env[variable]?.trim();
  if (variable === undefined || value === undefined) return undefined;
  if (isLoopback(url.hostname) || isExcepted(url, env["no_proxy"] || env["NO_PROXY"] || "")) return undefined;
  return parseProxy(variable, value);
}

function parseProxy(variable: string, value: string): HttpProxy {
  // As curl, git and docker read it: `127.0.0.1:3128` is a proxy that is spoken to without TLS.
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // A password with one of /?# ends the host's name early, and leaves its own rest and the host behind that character.
  if (url === undefined || url.hostname === "" || `${url.pathname}${url.search}${url.hash}`.includes("@")) {
    throw new BadProxyError(
      variable,
      "expected the address of a proxy, found something else (not shown, since it may hold a password)",
      "write http://host:port or http://user:password@host:port; in user and password write / ? # @ as %2F %3F %23 %40",
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new BadProxyError(
      variable,
      `expected a proxy that speaks HTTP, found the scheme ${url.protocol.slice(0, -1)}`,
      "write http://host:port of an HTTP proxy",
    );
  }
  const login = `${decoded(url.username)}:${decoded(url.password)}`;
  return {
    variable,
    url: new URL(`${url.protocol}//${url.host}`),
    authorization: login === ":" ? undefined : `Basic ${Buffer.from(login).toString("base64")}`,
  };
}

/** A stray % stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether a list of hosts, domains, addresses and networks, parted by commas or spaces, names the host of an address. */
function isExcepted(url: URL, list: string): boolean {
  const host = hostName(url.hostname);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list.split(/[\s,]+/).some((item) => item !== "" && names(item.toLowerCase(), host, port));
}

function names(item: string, host: string, port: string): boolean {
  if (item === "*") return true;
  if (isIP(host) !== 0 && item.includes("/")) return isWithin(host, item);
  // An IPv6 address has colons of its own; only in brackets a port can follow.
  const wanted = isIP(item) === 0 ? /:(\d+)$/.exec(item)?.[1] : undefined;
  if (wanted !== undefined && wanted !== port) return false;
  const name = isIP(item) === 0 ? hostName(item) : item;
  if (isIP(host) !== 0) return isIP(name) !== 0 && isWithin(host, `${name}/${isIPv4(name) ? 32 : 128}`);
  const domain = name.replace(/^\*\./, ".");
  return host === domain || host.endsWith(domain.startsWith(".") ? domain : `.${domain}`);
}

function isWithin(host: string, network: string): boolean {
  const [address = "", prefix] = network.split("/");
  const bits = Number(prefix);
  if (isIP(address) === 0 || !Number.isInteger(bits) || bits < 0 || bits > (isIPv4(address) ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, bits, isIPv4(address) ? "ipv4" : "ipv6");
  return list.check(host, isIPv4(host) ? "ipv4" : "ipv6");
}
