import { isJsonObject, parseJson } from "@fanfold-internal/kit/read/json";
import { type Secrets, safeUrl } from "@fanfold-internal/kit/text/secrets";
import type { Clock } from "../base/clock.ts";
import { DigestToolsError } from "../base/error.ts";
import { NO_TOKEN_POST } from "../hosts/quirks.ts";
import type { Reply, Request } from "../http/exchange.ts";
import type { Repository } from "../oci/reference.ts";
import { type Challenge, readChallenge } from "./challenge.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { checkRealm } from "./realm.ts";

/** What a request may do, and where. */
export interface Access {
  /** The registry's own address; credentials go to nothing else but its token service. */
  readonly registry: URL;
  readonly repository: Repository;
  readonly use: "pull" | "push";
  /** Another repository of this registry, read to mount a blob from it. */
  readonly mountFrom?: Repository | undefined;
}

interface TokenRequest extends Request {
  /** The registry that the token is for, as in images' names. */
  readonly registry: string;
  readonly credentials: Credentials;
}

export interface AuthenticatorOptions {
  readonly credentials: CredentialSource;
  /** Sends to a token service, with retries. */
  readonly exchange: (request: TokenRequest) => Promise<Reply>;
  /** Learns every login and token. */
  readonly secrets: Secrets;
  readonly clock: Clock;
}

interface Token {
  readonly header: string;
  /** When it is no longer sent, in the clock's milliseconds. */
  readonly until: number;
}

interface Held {
  readonly token: Promise<Token>;
  until: number;
}

/** The distribution specification's default when `expires_in` is missing. */
const DEFAULT_EXPIRY_S = 60;
/**
 * Bearer and Basic authentication. A host's challenge is learned once, from its first 401, and tokens are asked for
 * once per repository and use, by whoever comes first; all others wait for the same one.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  /** By host, and by repository where one was challenged itself. */
  readonly #challenges = new Map<string, Challenge | "open">();
  readonly #learning = new Map<string, Promise<void>>();
  readonly #tokens = new Map<string, Held>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** The credentials there are for this access; their secrets are known from now on. */
  async credentials({ repository, use }: Access): Promise<Credentials> {
    const { credentials, secrets } = this.#options;
    const found = await credentials(repository, use);
    if (found.kind === "password") secrets.add(found.password, basic(found.username, found.password));
    if (found.kind === "identity-token") secrets.add(found.token, basic(found.username, found.token));
    if (found.kind === "registry-token") secrets.add(found.token);
    return found;
  }

  /** Sends with the authorization the registry wants, and once more with a new one when it was not enough. */
  async send(access: Access, attempt: (authorization?: string) => Promise<Reply>): Promise<Reply> {
    const first = await this.#firstContact(access, attempt);
    if (first !== undefined && first.status !== 401) return first;
    const used = await this.#authorization(access, []);
    // There is nothing to add to what was refused already.
    if (first !== undefined && used === undefined) return first;
    const reply = await attempt(used);
    const challenge = reply.status === 401 && reply.own ? readChallenge(reply.headers["www-authenticate"]) : undefined;
    if (challenge === undefined) return reply;
    this.#challenges.set(repositoryKey(access), challenge);
    if (used !== undefined) await this.#forget(access, used);
    const wanted = challenge.scheme === "bearer" && challenge.error === "insufficient_scope" ? challenge.scopes : [];
    const next = await this.#authorization(access, wanted);
    return next === undefined || next === used ? reply : attempt(next);
  }

  /**
   * Nothing is known of a host: one request goes ahead without credentials and learns, the others wait for it. A
   * hundred requests at the start would otherwise be a hundred 401s.
   */
  async #firstContact(access: Access, attempt: () => Promise<Reply>): Promise<Reply | undefined> {
    const host = access.registry.origin;
    while (!this.#challenges.has(host)) {
      const learning = this.#learning.get(host);
      if (learning !== undefined) {
        await learning;
        continue;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#learning.set(host, promise);
      try {
        const reply = await attempt();
        // An overloaded host or a gateway in front of it says nothing about how it wants to be asked.
        if (reply.status < 500 && reply.status !== 408 && reply.status !== 429) {
          const challenge =
            reply.status === 401 && reply.own ? readChallenge(reply.headers["www-authenticate"]) : undefined;
          this.#challenges.set(host, challenge ?? "open");
        }
        return reply;
      } finally {
        this.#learning.delete(host);
        resolve();
      }
    }
    return undefined;
  }

  async #authorization(access: Access, moreScopes: readonly string[]): Promise<string | undefined> {
    const challenge = this.#challenges.get(repositoryKey(access)) ?? this.#challenges.get(access.registry.origin);
    if (challenge === undefined || challenge === "open") return undefined;
    const credentials = await this.credentials(access);
    if (credentials.kind === "registry-token") return `Bearer ${credentials.token}`;
    if (challenge.scheme === "bearer") return (await this.#token(access, challenge, credentials, moreScopes)).header;
    return credentials.kind === "password" ? `Basic ${basic(credentials.username, credentials.password)}` : undefined;
  }

  #token(
    access: Access,
    challenge: Challenge & { readonly scheme: "bearer" },
    credentials: Credentials,
    moreScopes: readonly string[],
  ): Promise<Token> {
    // A token to push with is good for reading too.
    const keys = access.use === "pull" ? [tokenKey(access), tokenKey({ ...access, use: "push" })] : [tokenKey(access)];
    const now = this.#options.clock.now();
    for (const key of keys) {
      const held = this.#tokens.get(key);
      if (held !== undefined && held.until > now) return held.token;
    }
    const key = tokenKey(access);
    const scopes = [...new Set([...scopesOf(access), ...moreScopes])];
    // Until it is there it does not expire: all who come meanwhile wait for it.
    const held: Held = { token: this.#fetch(access, challenge, credentials, scopes), until: Number.POSITIVE_INFINITY };
    this.#tokens.set(key, held);
    held.token.then(
      ({ until }) => {
        held.until = until;
      },
      () => {
        if (this.#tokens.get(key) === held) this.#tokens.delete(key);
      },
    );
    return held.token;
  }

  async #fetch(
    access: Access,
    { realm, service }: Challenge & { readonly scheme: "bearer" },
    credentials: Credentials,
    scopes: readonly string[],
  ): Promise<Token> {
    const url = checkRealm(realm, access.registry);
    const { registry } = access.repository;
    const asked = this.#options.clock.now();
    if (credentials.kind === "identity-token") {
      const form = new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: credentials.token,
        client_id: "fanfold",
        scope: scopes.join(" "),
        ...(service === undefined ? {} : { service }),
      });
      const reply = await this.#options.exchange({
        method: "POST",
        url,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: Buffer.from(form.toString()),
        expect: [200, ...NO_TOKEN_POST],
        registry,
        credentials,
      });
      if (reply.status === 200) return this.#read(reply, url, asked);
    }
    const query = new URL(url);
    if (service !== undefined) query.searchParams.append("service", service);
    for (const scope of scopes) query.searchParams.append("scope", scope);
    const headers: Record<string, string> = {};
    if (credentials.kind === "password") {
      headers["authorization"] = `Basic ${basic(credentials.username, credentials.password)}`;
    } else if (credentials.kind === "identity-token") {
      headers["authorization"] = `Basic ${basic(credentials.username, credentials.token)}`;
    }
    return this.#read(
      await this.#options.exchange({ method: "GET", url: query, headers, expect: [200], registry, credentials }),
      url,
      asked,
    );
  }

  #read({ bytes }: Reply, url: URL, asked: number): Token {
    const parsed = parseJson(Buffer.from(bytes).toString("utf8"));
    const fields = parsed.kind === "ok" && isJsonObject(parsed.value) ? parsed.value : {};
    const token = [fields["token"], fields["access_token"]].find((value) => typeof value === "string" && value !== "");
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
      throw new DigestToolsError({
        code: "bad-response",
        message: 'the token service answered without a "token"',
        at: { url: safeUrl(url) },
        fix: "see whether docker login and docker pull work with this registry; if they do, report this",
      });
    }
    this.#options.secrets.add(token);
    const stated = fields["expires_in"];
    const lifetime = (typeof stated === "number" && stated > 0 ? stated : DEFAULT_EXPIRY_S) * 1000;
    // A token must not expire between here and the registry.
    return { header: `Bearer ${token}`, until: asked + lifetime - Math.min(10_000, lifetime / 5) };
  }

  /** Drops a token that the registry did not take, unless another request has replaced it already. */
  async #forget(access: Access, header: string): Promise<void> {
    for (const use of ["pull", "push"] as const) {
      const key = tokenKey({ ...access, use });
      const held = this.#tokens.get(key);
      if (held === undefined) continue;
      const token = await held.token.catch(() => undefined);
      if (token?.header === header && this.#tokens.get(key) === held) this.#tokens.delete(key);
    }
  }
}

function scopesOf({ repository, use, mountFrom }: Access): readonly string[] {
  const own = `repository:${repository.path}:${use === "push" ? "pull,push" : "pull"}`;
  return mountFrom === undefined ? [own] : [own, `repository:${mountFrom.path}:pull`];
}

function tokenKey({ registry, repository, use, mountFrom }: Access): string {
  return [registry.origin, repository.path, use, mountFrom?.path ?? ""].join(" ");
}

function repositoryKey({ registry, repository }: Access): string {
  return `${registry.origin} ${repository.path}`;
}

function basic(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}
