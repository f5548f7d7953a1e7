import { execFileSync } from "node:child_process";
import { Refusal } from "./refusal.ts";

/** What git prints. @throws Refusal with what it says. */
export function git(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  try {
    return execFileSync("git", args, {
      env: { ...process.env, ...env },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  } catch (error) {
    throw new Refusal(`git ${args.join(" ")} failed:\n${stderrOf(error)}`);
  }
}

/** What a program that failed wrote to standard error. */
export function stderrOf(error: unknown): string {
  if (error instanceof Error && "stderr" in error && String(error.stderr).trim() !== "")
    return String(error.stderr).trim();
  return String(error);
}

/** The commit that a branch or a tag of `origin` is; an annotated tag is the commit that it names. */
export function remoteCommit(ref: string): string | undefined {
  const lines = git(["ls-remote", "origin", ref, `${ref}^{}`]).split("\n");
  const found = new Map(lines.map((line) => line.split("\t")).map(([commit = "", name = ""]) => [name, commit]));
  return found.get(`${ref}^{}`) ?? found.get(ref);
}
