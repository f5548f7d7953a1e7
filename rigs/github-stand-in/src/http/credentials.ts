/** `wrong` only when the server was given a token: without one it takes every token there is. */
export type Credentials = "none" | "accepted" | "wrong";

/** Reads `Bearer` and `token` as the API takes them, and `Basic` with the token as password as git sends it. */
export function judgeCredentials(authorization: string | undefined, token: string | null): Credentials {
  if (authorization === undefined) return "none";
  return token === null || tokenIn(authorization) === token ? "accepted" : "wrong";
}

function tokenIn(authorization: string): string | undefined {
  const [scheme = "", value = ""] = authorization.split(" ", 2);
  if (scheme.toLowerCase() !== "basic") return value;
  const pair = Buffer.from(value, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1);
}
