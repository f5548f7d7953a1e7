import { isJsonObject, type JsonObject } from "@fanfold-internal/kit/read/json";
import { readActionsEvent } from "@fanfold-internal/matrix/event";
import webhooks from "@octokit/webhooks-examples" with { type: "json" };
import { describe, expect, test } from "vitest";
import { DIFF_REASONS } from "../base/diff.ts";
import { type Comparison, comparisonOf } from "./comparison.ts";

const SHA_A = "a".repeat(40);
const SHA_B = "b".repeat(40);
const ZERO = "0".repeat(40);

const of = (name: string, payload: JsonObject, env: Record<string, string> = {}): Comparison =>
  comparisonOf(readActionsEvent({ name, payload, env }));

/** Payloads as GitHub has sent them. */
function examples(name: string): readonly JsonObject[] {
  // The package's types are those of a CommonJS module; it is a JSON file.
  const groups: unknown = webhooks;
  if (!Array.isArray(groups)) throw new Error("no examples");
  return groups.flatMap((group: unknown) =>
    isJsonObject(group) && group["name"] === name && Array.isArray(group["examples"])
      ? group["examples"].filter(isJsonObject)
      : [],
  );
}

describe("GitHub's own examples", () => {
  const kindsOf = (name: string): Record<string, number> => {
    const kinds: Record<string, number> = {};
    for (const payload of examples(name)) {
      const comparison = of(name, payload);
      const key = "reason" in comparison ? `${comparison.kind} ${comparison.reason}` : comparison.kind;
      kinds[key] = (kinds[key] ?? 0) + 1;
    }
    return kinds;
  };

  test.each([
    ["push", { "nothing deleted": 4, "everything tag": 1, "everything zero-base": 2 }],
    ["pull_request", { "pull-request": 29 }],
    ["merge_group", { "merge-group": 2 }],
    ["workflow_dispatch", { "everything dispatched": 2 }],
    ["release", { "everything released": 13 }],
    ["workflow_run", { "everything unknown-event": examples("workflow_run").length }],
  ])("%s", (name, kinds) => {
    expect(kindsOf(name)).toEqual(kinds);
  });

  test("a pull request's fields, and a merge group's target instead of its base_sha", () => {
    const pull = examples("pull_request")[0] ?? {};
    expect(of("pull_request_target", pull)).toEqual({
      kind: "pull-request",
      number: 2,
      branch: "master",
      base: "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
      head: "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
    });
    const group = of("merge_group", examples("merge_group")[0] ?? {});
    expect(group).toMatchObject({ kind: "merge-group", branch: "main" });
    expect(JSON.stringify(examples("merge_group")[0])).toContain("base_sha");
    expect(group).not.toHaveProperty("base");
  });
});

describe("what is compared", () => {
  const branch = { ref: "refs/heads/main", before: SHA_A, after: SHA_B };
  test.each<[string, string, JsonObject, Comparison]>([
    ["a push", "push", branch, { kind: "commits", base: SHA_A, head: SHA_B }],
    [
      "a push to a branch named like a tag",
      "push",
      { ...branch, ref: "refs/heads/refs/tags/v1" },
      { kind: "commits", base: SHA_A, head: SHA_B },
    ],
    ["the first push", "push", { ...branch, before: ZERO }, { kind: "everything", reason: "zero-base" }],
    ["a push without before", "push", { ref: "x", after: SHA_B }, { kind: "everything", reason: "zero-base" }],
    ["a new tag", "push", { ...branch, ref: "refs/tags/v1", before: ZERO }, { kind: "everything", reason: "tag" }],
    ["a moved tag", "push", { ...branch, ref: "refs/tags/v1" }, { kind: "everything", reason: "tag" }],
    ["a deleted branch", "push", { ...branch, after: ZERO }, { kind: "nothing", reason: "deleted" }],
    ["a deleted tag", "push", { ...branch, ref: "refs/tags/v1", after: ZERO }, { kind: "nothing", reason: "deleted" }],
    ["a push that says it deletes", "push", { ...branch, deleted: true }, { kind: "nothing", reason: "deleted" }],
    ["a schedule", "schedule", {}, { kind: "everything", reason: "scheduled" }],
    ["a dispatch", "workflow_dispatch", {}, { kind: "everything", reason: "dispatched" }],
    ["anything else", "constructor", {}, { kind: "everything", reason: "unknown-event" }],
  ])("%s", (_, name, payload, comparison) => {
    expect(of(name, payload)).toEqual(comparison);
  });

  test("the ref of the run wins over the payload's", () => {
    expect(of("push", branch, { GITHUB_REF: "refs/tags/v1" })).toMatchObject({ reason: "tag" });
  });

  test.each<[string, JsonObject, string]>([
    ["push", { before: "main", after: SHA_B }, 'before in the event file must be a full commit SHA, found "main"'],
    ["push", { before: SHA_A, after: "--upload-pack=x" }, "after in the event file must be a full commit SHA"],
    ["pull_request", {}, "has no pull_request.number"],
    ["pull_request", { number: 1, pull_request: { base: { ref: "main" } } }, "has no pull_request.base.sha"],
    ["pull_request", { number: 1, pull_request: null }, "has no pull_request.base.ref"],
    ["merge_group", { merge_group: { head_sha: SHA_A } }, "has no merge_group.base_ref"],
    ["merge_group", { merge_group: { base_ref: "refs/heads/main", head_sha: 1 } }, "has no merge_group.head_sha"],
  ])("a payload of %s that lacks something: %j", (name, payload, message) => {
    expect(() => of(name, payload)).toThrow(
      expect.objectContaining({ code: "unreadable-input", message: expect.stringContaining(message) }),
    );
  });
});

test("reasons are written once each", () => {
  expect(new Set(DIFF_REASONS).size).toBe(DIFF_REASONS.length);
});
