import { createHash, randomUUID, sign } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { ProgramFailure, runProgram } from "../machine/program.ts";
import { TestbedError } from "../machine/testbed-error.ts";
import { credentials, tokenService } from "./registry-config.ts";

export interface TokenKey {
  readonly key: string;
  readonly certificate: string;
}

/** What someone asked the token server for. */
export interface TokenRequest {
  readonly account: string | null;
  readonly scopes: readonly string[];
  readonly granted: boolean;
}

const lifetimeSeconds = 300;

/** Makes a P-256 key and a self-signed certificate of it, unless both exist. @throws TestbedError `not-started`: no openssl */
export async function makeTokenKey({ key, certificate }: TokenKey): Promise<void> {
  if (existsSync(key) && existsSync(certificate)) return;
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const subject = ["-subj", `/CN=${tokenService}`, "-days", "3650", "-keyout", `${key}.new`, "-out", certificate];
  try {
    await runProgram("openssl", ["req", "-x509", ...curve, ...subject]);
  } catch (cause) {
    if (!(cause instanceof ProgramFailure)) throw cause;
    throw new TestbedError({ code: "not-started", message: `no key for the token server: ${cause.message}`, cause });
  }
  await rename(`${key}.new`, key);
}

/**
 * The token server of https://distribution.github.io/distribution/spec/auth/token/ and its OAuth2 form, not yet listening. It
 * grants whatever is asked for to whoever has the test bed's credentials or a refresh token, and nothing to others.
 */
export function tokenServer(paths: TokenKey, seen: (request: TokenRequest) => void): Server {
  const key = readFileSync(paths.key, "utf8");
  const certificate = readFileSync(paths.certificate, "utf8").replaceAll(/-----[^-]+-----|\s/g, "");
  const refreshToken = createHash("sha256").update(`refresh ${key}`).digest("hex");
  return createServer(async (request, response) => {
    const wish = await readWish(request, refreshToken);
    const granted = wish.account === credentials.username;
    seen({ account: wish.account, scopes: wish.scopes, granted });
    response.setHeader("content-type", "application/json");
    if (!granted) {
      response.statusCode = 401;
      response.end(JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "incorrect username or password" }] }));
      return;
    }
    const token = signToken(wish.account, wish.scopes, key, certificate);
    const refresh = wish.offline ? { refresh_token: refreshToken } : {};
    const issued_at = new Date().toISOString();
    response.end(JSON.stringify({ token, access_token: token, expires_in: lifetimeSeconds, issued_at, ...refresh }));
  });
}

interface Wish {
  /** The name that was proven; null: none was. */
  readonly account: string | null;
  readonly scopes: readonly string[];
  readonly offline: boolean;
}

async function readWish(request: IncomingMessage, refreshToken: string): Promise<Wish> {
  const query = new URL(request.url ?? "/", "http://localhost").searchParams;
  const form = request.method === "POST" ? new URLSearchParams(await text(request)) : query;
  const scopes = form.getAll("scope").flatMap((scope) => scope.split(" ").filter((part) => part !== ""));
  const offline = form.get("access_type") === "offline" || form.get("offline_token") === "true";
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const given =
    basic === undefined ? `${form.get("username")}:${form.get("password")}` : Buffer.from(basic, "base64").toString();
  const proven =
    form.get("grant_type") === "refresh_token"
      ? form.get("refresh_token") === refreshToken
      : given === `${credentials.username}:${credentials.password}`;
  return { account: proven ? credentials.username : null, scopes, offline };
}

/** https://distribution.github.io/distribution/spec/auth/jwt/ */
function signToken(account: string | null, scopes: readonly string[], key: string, certificate: string): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: "JWT", alg: "ES256", x5c: [certificate] };
  const claims = {
    iss: tokenService,
    aud: tokenService,
    sub: account,
    jti: randomUUID(),
    iat: now,
    nbf: now - 10,
    exp: now + lifetimeSeconds,
    access: scopes.map(parseScope),
  };
  const body = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${body}.${sign("sha256", Buffer.from(body), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

/** `type:name:action,action`; the name may hold a port, and so a colon. */
function parseScope(scope: string): { type: string; name: string; actions: readonly string[] } {
  const [type = "", ...rest] = scope.split(":");
  const actions = rest.pop() ?? "";
  return { type, name: rest.join(":"), actions: actions.split(",") };
}
