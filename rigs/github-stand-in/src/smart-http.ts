import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { gitEnvironment } from "./git/git.ts";
import type { GitTarget } from "./http/locate.ts";
import { type Reply, refusal } from "./http/reply.ts";

// As on GitHub: any object by its SHA, and partial clones. Given on the command line, so the repository stays as it is.
const uploadPack = [
  ...["-c", "uploadpack.allowAnySHA1InWant=true"],
  ...["-c", "uploadpack.allowFilter=true"],
  ...["upload-pack", "--stateless-rpc"],
];

/** A push is refused; there is nothing here to write to. */
export function refuseService(url: URL, { service }: GitTarget): Reply | null {
  if (service === "git-upload-pack" || url.searchParams.get("service") === "git-upload-pack") return null;
  return refusal(403, "expected service=git-upload-pack: this server is read-only and speaks smart HTTP alone");
}

/**
 * Serves `git fetch` over smart HTTP, read-only, with git's own upload-pack.
 * https://git-scm.com/docs/gitprotocol-http
 * Aborting `signal` ends git.
 */
export async function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  { service }: GitTarget,
  gitDir: string,
  signal: AbortSignal,
): Promise<void> {
  const version = request.headers["git-protocol"];
  const protocol = typeof version === "string" && /^[\w=:.]+$/.test(version) ? version : "";
  const advertise = service === "info/refs";
  const child = spawn("git", [...uploadPack, ...(advertise ? ["--advertise-refs"] : []), gitDir], {
    env: { ...gitEnvironment(), GIT_PROTOCOL: protocol },
    stdio: ["pipe", "pipe", "ignore"],
    signal,
  });
  child.on("error", () => response.destroy());
  response.on("close", () => child.kill());

  const media = advertise ? "application/x-git-upload-pack-advertisement" : "application/x-git-upload-pack-result";
  response.writeHead(200, { "content-type": media, "cache-control": "no-cache" });
  if (advertise && !protocol.includes("version=2")) response.write("001e# service=git-upload-pack\n0000");
  const gunzip = request.headers["content-encoding"] === "gzip" ? [createGunzip()] : [];
  // A client that goes away, or git that has seen enough, breaks a pipe; the exchange is over either way.
  await Promise.allSettled([pipeline([request, ...gunzip, child.stdin]), pipeline(child.stdout, response)]);
}
