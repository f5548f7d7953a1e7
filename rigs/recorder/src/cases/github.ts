import type { Bed } from "../bed/bed.ts";
import { type Api, type ApiAnswer, CannedGitHub } from "../bed/canned-github.ts";
import type { Case } from "../bed/case.ts";
import { MATRIX, small } from "../bed/sample-families.ts";
import { SampleRepository } from "../bed/sample-repository.ts";
import { planEvent } from "./events.ts";

interface History {
  readonly base: string;
  readonly head: string;
}

type Files = readonly string[];

const GO = "backend/go/piper/a.go";
const many: Files = Array.from({ length: 300 }, (_, at) => `backend/python/whisper/file-${at}.py`);

const rows = (files: Files): unknown => files.map((filename) => ({ filename, status: "modified" }));
const compared = (status: string, base: string, files: Files): ApiAnswer => ({
  body: { status, merge_base_commit: { sha: base }, files: rows(files) },
});
const failed = (status: number, message: string, headers: ApiAnswer["headers"] = {}): ApiAnswer => ({
  status,
  headers,
  body: { message },
});
const tree = (version: string, truncated = false): ApiAnswer => ({
  body: {
    truncated,
    tree: [
      { path: GO, mode: "100644", type: "blob", sha: version },
      { path: "README.md", mode: "100644", type: "blob", sha: "1" },
    ],
  },
});
const pull = ({ head }: History, changed: number): ApiAnswer => ({
  body: { head: { sha: head }, base: { ref: "main" }, changed_files: changed },
});

type Kind = "push" | "pull_request" | "merge_group";

/** What the API answers to an event, by the beginning of the address. */
const apis: Readonly<
  Record<string, { readonly kind: Kind; readonly answers: (history: History) => Readonly<Record<string, ApiAnswer>> }>
> = {
  ahead: { kind: "push", answers: ({ base }) => ({ "compare/": compared("ahead", base, [GO, "README.md"]) }) },
  identical: { kind: "push", answers: ({ base }) => ({ "compare/": compared("identical", base, []) }) },
  "matrix-changed": {
    kind: "push",
    answers: ({ base }) => ({
      "compare/": compared("ahead", base, [MATRIX]),
      "contents/": { body: small[MATRIX]?.replace("-silent", "-loud") },
    }),
  },
  diverged: {
    kind: "push",
    answers: ({ base, head }) => ({
      [`compare/${base}...`]: compared("diverged", "c".repeat(40), [GO]),
      [`compare/${head}...`]: compared("diverged", "c".repeat(40), ["backend/python/whisper/run.py"]),
    }),
  },
  "many-files": {
    kind: "push",
    answers: ({ base, head }) => ({
      "compare/": compared("ahead", base, many),
      [`git/trees/${base}`]: tree("1"),
      [`git/trees/${head}`]: tree("2"),
    }),
  },
  "trees-truncated": {
    kind: "push",
    answers: ({ base }) => ({ "compare/": compared("ahead", base, many), "git/trees/": tree("1", true) }),
  },
  "not-found": { kind: "push", answers: () => ({}) },
  unprocessable: {
    kind: "push",
    answers: ({ base, head }) => ({
      "compare/": failed(422, "Unprocessable"),
      [`git/trees/${base}`]: tree("1"),
      [`git/trees/${head}`]: tree("2"),
    }),
  },
  forbidden: { kind: "push", answers: () => ({ "compare/": failed(403, "Resource not accessible by integration") }) },
  unauthorized: { kind: "push", answers: () => ({ "compare/": failed(401, "Bad credentials") }) },
  "limited-for-long": {
    kind: "push",
    answers: () => ({ "compare/": failed(429, "rate limit", { "retry-after": "3600" }) }),
  },
  "missing-fields": { kind: "push", answers: () => ({ "compare/": { body: { status: "ahead" } } }) },
  "not-json": { kind: "push", answers: () => ({ "compare/": { body: "<html>" } }) },
  pull: { kind: "pull_request", answers: ({ base }) => ({ "compare/": compared("diverged", base, [GO]) }) },
  "pull-of-many-files": {
    kind: "pull_request",
    answers: (history) => ({
      "compare/": compared("ahead", history.base, many),
      "pulls/7/files": { body: rows([GO]) },
      "pulls/7": pull(history, 1),
    }),
  },
  "pull-that-moved": {
    kind: "pull_request",
    answers: ({ base }) => ({
      "compare/": compared("ahead", base, many),
      "pulls/7": pull({ base, head: "d".repeat(40) }, 1),
    }),
  },
  "pull-too-large": {
    kind: "pull_request",
    answers: (history) => ({ "compare/": compared("ahead", history.base, many), "pulls/7": pull(history, 3_000) }),
  },
  group: { kind: "merge_group", answers: ({ base }) => ({ "compare/": compared("ahead", base, [GO]) }) },
  "group-that-has-landed": {
    kind: "merge_group",
    answers: ({ head }) => ({ "compare/": compared("identical", head, []) }),
  },
  "group-without-merge-base": {
    kind: "merge_group",
    answers: ({ base, head }) => ({
      "commits/": { body: { sha: base } },
      [`git/trees/${base}`]: tree("1"),
      [`git/trees/${head}`]: tree("2"),
    }),
  },
};

/** Events that GitHub's API answers. */
export function githubCases(): readonly Case[] {
  return Object.entries(apis).map(([name, { kind, answers }]) => ({
    name: `github-api/${name}`,
    run: async (bed: Bed) => {
      const repository = await SampleRepository.create(bed, small);
      const base = await repository.git("rev-parse", "HEAD");
      const head = await repository.commit("both", { [GO]: "2\n", "backend/python/whisper/run.py": "2\n" });
      const table = Object.entries(answers({ base, head }));
      // A checkout of .github alone would not have the history: git has nothing to add.
      await repository.remove(".git");
      const api: Api = (address) => table.find(([begin]) => address.startsWith(begin))?.[1];
      const github = await CannedGitHub.start(api);
      bed.normaliser.name(github.host, "<github>");
      bed.watch(github.log, () => github.close());
      await planEvent(bed, {
        name: kind,
        payload: payloadOf(kind, { base, head }),
        env: { GITHUB_API_URL: `http://${github.host}`, GITHUB_REPOSITORY: "acme/tools", GITHUB_WORKSPACE: bed.path() },
      });
    },
  }));
}

function payloadOf(kind: Kind, { base, head }: History): unknown {
  if (kind === "push") return { ref: "refs/heads/main", before: base, after: head };
  if (kind === "merge_group")
    return { merge_group: { base_ref: "refs/heads/main", base_sha: base, head_ref: "refs/heads/q", head_sha: head } };
  return {
    number: 7,
    pull_request: { number: 7, base: { ref: "main", sha: base }, head: { ref: "topic", sha: head } },
  };
}
