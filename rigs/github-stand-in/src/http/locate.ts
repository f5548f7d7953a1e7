import { repositoryId } from "./addresses.ts";

export type ApiTarget =
  | { readonly route: "repository" | "unknown" }
  | { readonly route: "rate-limit" }
  | { readonly route: "compare"; readonly base: string; readonly head: string }
  | { readonly route: "pull" | "pull-files" | "pull-commits"; readonly number: number }
  | { readonly route: "tree" | "git-commit" | "commit"; readonly name: string }
  | { readonly route: "workflow-runs"; readonly workflow: string }
  | { readonly route: "runs" }
  | { readonly route: "run-jobs"; readonly run: number }
  | { readonly route: "releases" }
  | { readonly route: "release"; readonly tag: string }
  | { readonly route: "contents"; readonly path: Buffer };

export type GitTarget = { readonly route: "git"; readonly service: "info/refs" | "git-upload-pack" };

export type ApiRoute = ApiTarget["route"];

/** What a path asks for. `prefix` is what its REST routes begin with: nothing on github.com, `/api/v3` on a GHES. */
export type Located =
  | { readonly surface: "api"; readonly prefix: string; readonly target: ApiTarget }
  | { readonly surface: "git"; readonly target: GitTarget };

/** Reads a request's path, still percent-encoded. Owner and name are compared as GitHub does, ignoring case. */
export function locate(pathname: string, owner: string, name: string): Located {
  const fullName = `${owner}/${name}`.toLowerCase();
  const service = /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack)$/.exec(pathname);
  if (service !== null && service[1]?.toLowerCase() === fullName) {
    return {
      surface: "git",
      target: { route: "git", service: service[2] === "info/refs" ? "info/refs" : "git-upload-pack" },
    };
  }
  const [, prefix = "", path = ""] = /^(\/api\/v3)?(\/.*)$/.exec(pathname) ?? [];
  return { surface: "api", prefix, target: apiTarget(path, fullName) };
}

function apiTarget(path: string, fullName: string): ApiTarget {
  if (path === "/rate_limit") return { route: "rate-limit" };
  const inside = /^\/(?:repos\/([^/]+\/[^/]+)|repositories\/(\d+))(?:\/(.*))?$/.exec(path);
  if (inside === null) return { route: "unknown" };
  const [, byName, byId, rest] = inside;
  const ours = byName === undefined ? byId === String(repositoryId) : byName.toLowerCase() === fullName;
  if (!ours) return { route: "unknown" };
  return rest === undefined ? { route: "repository" } : insideRepository(rest);
}

const PULL_ROUTES: Readonly<Record<string, "pull-files" | "pull-commits">> = {
  files: "pull-files",
  commits: "pull-commits",
};

function insideRepository(rest: string): ApiTarget {
  const [, number, list] = /^pulls\/(\d+)(?:\/(files|commits))?$/.exec(rest) ?? [];
  if (number !== undefined) return { route: PULL_ROUTES[list ?? ""] ?? "pull", number: Number(number) };
  const [, workflow] = /^actions\/workflows\/([^/]+)\/runs$/.exec(rest) ?? [];
  if (workflow !== undefined) return { route: "workflow-runs", workflow: percentDecode(workflow).toString() };
  if (rest === "actions/runs") return { route: "runs" };
  const [, run] = /^actions\/runs\/(\d+)\/jobs$/.exec(rest) ?? [];
  if (run !== undefined) return { route: "run-jobs", run: Number(run) };
  if (rest === "releases") return { route: "releases" };
  const [, tag] = /^releases\/tags\/(.+)$/.exec(rest) ?? [];
  if (tag !== undefined) return { route: "release", tag: percentDecode(tag).toString() };
  const [, kind, encoded = ""] = /^(compare|contents|commits|git\/trees|git\/commits)(?:\/(.*))?$/.exec(rest) ?? [];
  const bytes = percentDecode(encoded);
  const name = bytes.toString();
  if (kind === "contents") return { route: "contents", path: bytes };
  if (kind === undefined || name === "") return { route: "unknown" };
  if (kind === "compare") return compareTarget(name);
  if (kind === "commits") return { route: "commit", name };
  return { route: kind === "git/trees" ? "tree" : "git-commit", name };
}

function compareTarget(basehead: string): ApiTarget {
  const [base, head, ...rest] = basehead.split("...");
  if (base === undefined || head === undefined || rest.length > 0) return { route: "unknown" };
  return { route: "compare", base, head };
}

/** To bytes, since a path in a repository need not be UTF-8. */
function percentDecode(text: string): Buffer {
  const latin1 = Buffer.from(text, "utf8").toString("latin1");
  const decoded = latin1.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, "latin1");
}
