import { statSync } from "node:fs";
import { join } from "node:path";
import type { Checkout } from "../git/checkout.ts";
import { type Git, type GitAccess, gitFields, gitIn } from "../git/git-command.ts";
import type { PushRecord } from "./pushes.ts";

/** What a reflog says of a branch's pushes, the oldest first. */
export interface PushReflog {
  readonly ref: string;
  readonly records: readonly PushRecord[];
}

/**
 * The pushes of the branch that is checked out, as a reflog has them: that of the repository it was cloned from, where that lies
 * on this machine and notes what is pushed to it, else what was pushed from here. What was fetched may have been several pushes,
 * and is none of them. Undefined: nobody tells.
 */
export async function readPushReflog(checkout: Checkout, access: GitAccess): Promise<PushReflog | undefined> {
  const branch = (await checkout.headRef())?.slice("refs/heads/".length);
  if (branch === undefined) return undefined;
  const origin = await localRepository(checkout);
  if (origin !== undefined) {
    const ref = `refs/heads/${branch}`;
    const there = gitIn({ directory: origin, bare: true, network: "offline" }, access);
    const records = await pushesIn(ref, there, /^push\b/);
    if (records.length > 0) return { ref: `${ref} of the origin`, records };
  }
  const ref = `refs/remotes/origin/${branch}`;
  const here = gitIn({ directory: checkout.root, network: "offline" }, access);
  const records = await pushesIn(ref, here, /^update by push\b/);
  return records.length === 0 ? undefined : { ref, records };
}

/** The git directory of the origin; undefined: it is elsewhere. */
async function localRepository(checkout: Checkout): Promise<string | undefined> {
  const url = (await checkout.originUrl())?.replace(/^file:\/\/(?=\/)/, "");
  if (url === undefined || !url.startsWith("/")) return undefined;
  return [join(url, ".git"), url].find((directory) => isDirectory(join(directory, "refs")));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const WALK = ["log", "--walk-reflogs", "-z", "--no-patch", "--no-color", "--no-show-signature", "--date=iso-strict"];
const FIELDS = 3;

async function pushesIn(ref: string, git: Git, isPush: RegExp): Promise<readonly PushRecord[]> {
  const walked = await git([...WALK, "--format=tformat:%H%x00%gd%x00%gs", "--end-of-options", ref, "--"]);
  if (!walked.ok) return [];
  const fields = gitFields(walked);
  const records: PushRecord[] = [];
  // Each stands beside what was there before it, but for the oldest.
  for (let at = 0; at + FIELDS < fields.length; at += FIELDS) {
    const [after = "", selector = "", message = "", before = ""] = fields.slice(at, at + FIELDS + 1);
    if (!isPush.test(message)) continue;
    const time = /@\{(.+)\}$/.exec(selector)?.[1] ?? null;
    records.push({ before, after, time });
  }
  return records.reverse();
}
