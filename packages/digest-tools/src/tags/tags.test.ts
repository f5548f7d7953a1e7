import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { isJsonObject } from "@fanfold-internal/kit/read/json";
import examples from "@octokit/webhooks-examples";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type EventContext, readEventContext, readRunContext, versionOfEvent } from "../base/event-context.ts";
import { parseShortShaLength } from "../metadata/read-event.ts";
import { isTag } from "../oci/reference.ts";
import { computeTags, parseTag, parseTagLatest } from "./tags.ts";

const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const event = (name: string, ref: string): EventContext => ({ name, ref, sha });

// What docker/metadata-action gives, without the suffix, which every tag ends in. Its `auto` follows the rule that made
// the first tag.
const TABLE = `
event               | ref                    | auto, and left out         | true                       | false
push                | refs/heads/fix/a_b+c   | fix-a_b-c sha-6113728      | fix-a_b-c sha-6113728 latest | fix-a_b-c sha-6113728
push                | refs/heads/main        | main sha-6113728           | main sha-6113728 latest    | main sha-6113728
push                | refs/tags/v1.2.3       | v1.2.3 sha-6113728 latest  | v1.2.3 sha-6113728 latest  | v1.2.3 sha-6113728
push                | refs/tags/v1.2.3-rc1   | v1.2.3-rc1 sha-6113728     | v1.2.3-rc1 sha-6113728 latest | v1.2.3-rc1 sha-6113728
push                | refs/tags/1.2.3+b      | 1.2.3-b sha-6113728 latest | 1.2.3-b sha-6113728 latest | 1.2.3-b sha-6113728
push                | refs/tags/foo          | sha-6113728                | sha-6113728 latest         | sha-6113728
push                | refs/tags/v1.2         | sha-6113728                | sha-6113728 latest         | sha-6113728
push                | refs/tags/rel/v1.2.3   | sha-6113728                | sha-6113728 latest         | sha-6113728
release             | refs/tags/v1.2.3       | v1.2.3 sha-6113728 latest  | v1.2.3 sha-6113728 latest  | v1.2.3 sha-6113728
schedule            | refs/heads/main        | main sha-6113728           | main sha-6113728 latest    | main sha-6113728
workflow_dispatch   | refs/heads/dev         | dev sha-6113728            | dev sha-6113728 latest     | dev sha-6113728
workflow_dispatch   | refs/tags/v0.9.0       | v0.9.0 sha-6113728 latest  | v0.9.0 sha-6113728 latest  | v0.9.0 sha-6113728
pull_request        | refs/pull/7/merge      | sha-6113728                | sha-6113728 latest         | sha-6113728
pull_request_target | refs/heads/main        | sha-6113728                | sha-6113728 latest         | sha-6113728`;

describe("computeTags", () => {
  const lines = TABLE.trim().split("\n").slice(1);
  const rows = lines.flatMap((line) => {
    const [name = "", ref = "", auto = "", yes = "", no = ""] = line.split("|").map((cell) => cell.trim());
    const columns = Object.entries({ auto, "": auto, true: yes, false: no });
    return columns.flatMap(([latest, tags]) => ["", "-cpu-x"].map((suffix) => ({ name, ref, latest, suffix, tags })));
  });

  it.each(rows)("$name of $ref, tag-latest '$latest', suffix '$suffix'", ({ name, ref, latest, suffix, tags }) => {
    const computed = computeTags(event(name, ref), { tagLatest: parseTagLatest(latest), tagSuffix: suffix });
    expect(computed.map((tag) => tag.name)).toEqual(tags.split(" ").map((tag) => tag + suffix));
  });

  it("tells fixed from moving tags", () => {
    const kinds = (ref: string) => computeTags(event("push", ref), { tagLatest: "true", tagSuffix: "-x" });
    expect(kinds("refs/heads/main")).toEqual([
      { name: "main-x", kind: "moving" },
      { name: "sha-6113728-x", kind: "fixed" },
      { name: "latest-x", kind: "moving" },
    ]);
    expect(kinds("refs/tags/v1.2.3")).toEqual([
      { name: "v1.2.3-x", kind: "fixed" },
      { name: "sha-6113728-x", kind: "fixed" },
      { name: "latest-x", kind: "moving" },
    ]);
  });

  it("names each tag once", () => {
    const named = (ref: string) =>
      computeTags(event("push", ref), { tagLatest: "true", tagSuffix: "" }).map(({ name, kind }) => `${name} ${kind}`);
    expect(named("refs/heads/latest")).toEqual(["latest moving", "sha-6113728 fixed"]);
    expect(named("refs/heads/sha-6113728")).toEqual(["sha-6113728 moving", "latest moving"]);
  });

  it("keeps as many characters of the commit as asked for", () => {
    const tags = (shortShaLength: number) =>
      computeTags(event("push", "refs/tags/foo"), { tagLatest: "auto", tagSuffix: "", shortShaLength })[0]?.name;
    expect(tags(12)).toBe("sha-6113728f27ae");
    expect(tags(64)).toBe(`sha-${sha}`);
    expect(parseShortShaLength(undefined)).toBe(7);
    expect(parseShortShaLength("12")).toBe(12);
    for (const bad of ["0", "-1", "7.5", "many"]) {
      expect(() => parseShortShaLength(bad)).toThrow(expect.objectContaining({ code: "invalid-tag" }));
    }
  });

  it("refuses what no registry takes, and nothing at all", () => {
    const compute = (ref: string, tagSuffix: string) => () =>
      computeTags(event("push", ref), { tagLatest: "auto", tagSuffix });
    expect(compute(`refs/heads/${"b".repeat(120)}`, "-cpu-xyz")).not.toThrow();
    expect(compute(`refs/heads/${"b".repeat(121)}`, "-cpu-xyz")).toThrow(/has 129 characters, 128 are allowed/);
    expect(compute("refs/heads/.hidden", "")).toThrow(expect.objectContaining({ code: "invalid-tag" }));
    expect(compute("refs/heads/-x", "")).toThrow(/rename the branch or the tag-suffix$/);
    expect(() =>
      computeTags({ name: "push", ref: undefined, sha: undefined }, { tagLatest: "auto", tagSuffix: "" }),
    ).toThrow(expect.objectContaining({ code: "no-tag", message: expect.not.stringContaining("--tag") }));
    expect(() => parseTagLatest("yes")).toThrow(expect.objectContaining({ code: "invalid-tag" }));
  });

  it("gives valid, distinct tags or an error, whatever the ref", () => {
    const ref = fc.tuple(
      fc.constantFrom("refs/heads/", "refs/tags/", "refs/pull/"),
      fc.string({ unit: "binary", maxLength: 140 }),
    );
    fc.assert(
      fc.property(
        ref,
        fc.constantFrom("auto", "true", "false"),
        fc.string({ maxLength: 20 }),
        (parts, tagLatest, tagSuffix) => {
          let tags: readonly string[];
          try {
            tags = computeTags(event("push", parts.join("")), { tagLatest, tagSuffix }).map(({ name }) => name);
          } catch (error) {
            expect(error).toMatchObject({ code: "invalid-tag" });
            return;
          }
          expect(tags.every(isTag)).toBe(true);
          expect(new Set(tags).size).toBe(tags.length);
        },
      ),
    );
  });
});

describe("parseTag", () => {
  it.each([
    ["v1.2.3-cpu", "fixed"],
    ["1.2.3", "fixed"],
    ["sha-6113728-cpu", "fixed"],
    ["latest", "moving"],
    ["v1.2", "moving"],
    ["main", "moving"],
    ["sha-table", "moving"],
  ])("%s is %s", (name, kind) => {
    expect(parseTag(name)).toEqual({ name, kind });
  });

  it.each([
    ["-bad", /tag "-bad" must be a letter.*; write it like v1\.2\.3-cpu or latest$/],
    ["x".repeat(129), /has 129 characters, 128 are allowed; shorten it$/],
  ])("refuses %s", (name, message) => {
    expect(() => parseTag(name)).toThrow(message);
  });
});

describe("real payloads", () => {
  const directory = mkdtempSync(join(tmpdir(), "event-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  // The package declares an ES default export, and is CommonJS.
  const definitions: unknown = examples;
  const payloads = (name: string) => {
    const all = Array.isArray(definitions) ? definitions.filter(isJsonObject) : [];
    const found = all.find((definition) => definition["name"] === name)?.["examples"];
    return Array.isArray(found) ? found.filter(isJsonObject) : [];
  };

  it("tags what was pushed", () => {
    expect(payloads("push").length).toBeGreaterThan(3);
    for (const { ref, after } of payloads("push")) {
      if (typeof ref !== "string" || typeof after !== "string") throw new Error("a push has a ref and a commit");
      const env = { GITHUB_EVENT_NAME: "push", GITHUB_REF: ref, GITHUB_SHA: after };
      const tags = computeTags(readEventContext(recordingHost({ env })), { tagLatest: "auto", tagSuffix: "" }).map(
        ({ name }) => name,
      );
      expect(tags).toEqual(
        ref === "refs/heads/master" ? ["master", `sha-${after.slice(0, 7)}`] : [`sha-${after.slice(0, 7)}`],
      );
    }
  });

  it("takes what the environment lacks from the event file", () => {
    const [payload] = payloads("push").filter(({ ref }) => ref === "refs/heads/master");
    const file = join(directory, "event.json");
    writeFileSync(file, JSON.stringify(payload));
    const fromFile = { name: "push", ref: "refs/heads/master", sha: payload?.["after"] };
    expect(readEventContext(recordingHost({ env: { GITHUB_EVENT_NAME: "push", GITHUB_EVENT_PATH: file } }))).toEqual(
      fromFile,
    );
    expect(readEventContext(recordingHost({ env: { GITHUB_EVENT_NAME: "push" } }), file)).toEqual(fromFile);
    expect(readEventContext(recordingHost({ env: { GITHUB_REF: "refs/tags/v1", GITHUB_SHA: sha } }), file)).toEqual({
      name: "unknown",
      ref: "refs/tags/v1",
      sha,
    });
  });

  it.each([
    ["no file", undefined, "unreadable-file", /absent\.json: the event file cannot be read: ENOENT/],
    ["no JSON", "{", "invalid-event", /bad\.json: the event must be a JSON object, found .*JSON/],
    ["no object", "[]", "invalid-event", /bad\.json: the event must be a JSON object/],
  ])("says what is wrong with %s", (_what, content, code, message) => {
    const file = join(directory, content === undefined ? "absent.json" : "bad.json");
    if (content !== undefined) writeFileSync(file, content);
    const read = () => readEventContext(recordingHost({ env: { GITHUB_EVENT_NAME: "push" } }), file);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code }));
  });
});

describe("environment", () => {
  it("reads the run", () => {
    expect(readRunContext({})).toBeUndefined();
    expect(readRunContext({ GITHUB_RUN_ID: "123", GITHUB_RUN_ATTEMPT: "2" })).toEqual({ id: "123", attempt: 2 });
    expect(() => readRunContext({ GITHUB_RUN_ID: "x" })).toThrow(
      expect.objectContaining({ code: "invalid-event", message: expect.stringContaining("elsewhere unset both") }),
    );
  });

  it("names versions after refs", () => {
    expect(
      ["refs/tags/v1.2.3", "refs/heads/a/b", "refs/pull/1/merge"].map((ref) => versionOfEvent(event("push", ref))),
    ).toEqual(["v1.2.3", "a/b", undefined]);
  });
});
