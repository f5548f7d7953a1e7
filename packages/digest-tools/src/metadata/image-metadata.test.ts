import { readActionsEvent } from "@fanfold-internal/matrix/event";
import { expect, test } from "vitest";
import type { MetadataEvent } from "./event.ts";
import { imageMetadata } from "./image-metadata.ts";
import { DEFAULT_METADATA, type MetadataText, parseMetadata } from "./metadata.ts";
import { readMetadataEvent } from "./read-event.ts";

const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const facts = { commitDate: new Date("2026-11-26T10:20:30Z"), now: new Date("2026-11-27T00:00:00Z") };

function eventOf(ref: string, name = "push", payload = {}): MetadataEvent {
  const env = { GITHUB_REF: ref, GITHUB_SHA: sha, GITHUB_REPOSITORY: "example/backends" };
  return readMetadataEvent(readActionsEvent({ name, env, payload }), env, facts);
}

function metadataOf(
  ref: string,
  text: Partial<MetadataText> = {},
  keys: Readonly<Record<string, string>> = {},
  event = eventOf(ref),
) {
  const parsed = parseMetadata({ ...DEFAULT_METADATA, ...text });
  if (parsed.kind === "invalid") throw new Error(JSON.stringify(parsed.problems));
  return imageMetadata(parsed.metadata, event, (key) => keys[key]);
}

const names = ({ tags }: ReturnType<typeof metadataOf>) => tags.map(({ name, kind }) => `${name} ${kind}`);
const codes = ({ warnings }: ReturnType<typeof metadataOf>) => warnings.map(({ code }) => code);

test("without metadata: today's tags, and labels of the event", () => {
  const found = metadataOf("refs/heads/main", {}, { "tag-suffix": "-cpu-x", "tag-latest": "true" });
  expect(names(found)).toEqual(["main-cpu-x moving", "sha-6113728-cpu-x fixed", "latest-cpu-x moving"]);
  expect(found).toMatchObject({
    version: "main-cpu-x",
    labels: {
      "org.opencontainers.image.created": "2026-11-26T10:20:30.000Z",
      "org.opencontainers.image.revision": sha,
      "org.opencontainers.image.source": "https://github.com/example/backends",
      "org.opencontainers.image.title": "backends",
      "org.opencontainers.image.url": "https://github.com/example/backends",
    },
    annotations: { "org.opencontainers.image.version": "main-cpu-x" },
    problems: [],
    warnings: [],
  });
});

test("what nobody knows gives no label", () => {
  const unknown = readMetadataEvent(
    readActionsEvent({ name: "push", env: {}, payload: {} }),
    {},
    { commitDate: undefined, now: facts.now },
  );
  const found = metadataOf("", { labels: ["empty=", "x={absent}", "v={{version}}"] }, {}, unknown);
  expect(found.labels).toEqual({ empty: "", v: "" });
  expect(codes(found)).toEqual(["untagged"]);
});

test("the payload describes the repository", () => {
  const repository = {
    name: "radarr",
    description: "Movies",
    html_url: "https://ghe.example.com/o/radarr",
    license: { spdx_id: "MIT" },
    default_branch: "main",
  };
  const event = eventOf("refs/tags/v1.2.3", "push", { repository, base_ref: "refs/heads/release" });
  expect(event).toMatchObject({ defaultBranch: "main", baseRef: "release" });
  expect(metadataOf("", {}, {}, event).labels).toMatchObject({
    "org.opencontainers.image.title": "radarr",
    "org.opencontainers.image.description": "Movies",
    "org.opencontainers.image.url": "https://ghe.example.com/o/radarr",
    "org.opencontainers.image.licenses": "MIT",
  });
});

test("labels know keys, the whole commit and the version; the config wins", () => {
  const labels = ["org.opencontainers.image.title={backend}", "x.commit={{commit}}", "x.version=v{{version}}"];
  expect(metadataOf("refs/tags/v1.2.3", { labels }, { backend: "radarr" }).labels).toMatchObject({
    "org.opencontainers.image.title": "radarr",
    "x.commit": sha,
    "x.version": "vv1.2.3",
  });
});

test.each<[what: string, ref: string, text: Partial<MetadataText>, suffix: string, annotations: object]>([
  ["a version is its own", "refs/tags/v1.2.3", {}, "", { "org.opencontainers.image.version": "v1.2.3" }],
  [
    "with a suffix, the version that orders images stands beside it",
    "refs/tags/v1.2.3",
    {},
    "-cpu-x",
    { "org.opencontainers.image.version": "v1.2.3-cpu-x", "io.github.fanfold.version": "1.2.3" },
  ],
  [
    "a part of a version likewise",
    "refs/tags/v1.2.3",
    { tags: ["type=semver,pattern={{major}}.{{minor}}"] },
    "",
    { "org.opencontainers.image.version": "1.2", "io.github.fanfold.version": "1.2.3" },
  ],
  [
    "whatever the first tag is",
    "refs/tags/api/v1.2.3",
    { tags: ["type=raw,value=stable,priority=999", "type=match,pattern=^api/v(.*)$,group=1"] },
    "",
    { "org.opencontainers.image.version": "stable", "io.github.fanfold.version": "1.2.3" },
  ],
  [
    "and build metadata is no prerelease",
    "refs/tags/1.2.3+b",
    {},
    "",
    { "org.opencontainers.image.version": "1.2.3-b", "io.github.fanfold.version": "1.2.3" },
  ],
  [
    "calver is none",
    "refs/tags/2026.11",
    { tags: ["type=ref,event=tag"] },
    "",
    { "org.opencontainers.image.version": "2026.11" },
  ],
])("annotations: %s", (_what, ref, text, suffix, annotations) => {
  expect(metadataOf(ref, text, { "tag-suffix": suffix }).annotations).toEqual(annotations);
});

test.each<[what: string, ref: string, tags: readonly string[], warnings: readonly string[]]>([
  ["calver and the default rules", "refs/tags/2026.11", DEFAULT_METADATA.tags, ["git-tag-not-taken"]],
  ["a rule that takes any", "refs/tags/2026.11", ["type=semver,pattern={{raw}}", "type=ref,event=tag"], []],
  ["an expression that names it", "refs/tags/2026.11", ["type=raw,value=x-{{tag}}"], []],
  ["an affix that names it", "refs/tags/2026.11", ["type=sha,prefix={{tag}}-"], []],
  [
    "a rule of another's version",
    "refs/tags/2026.11",
    ["type=semver,pattern={{raw}},value=1.2.3"],
    ["git-tag-not-taken"],
  ],
  [
    "a rule that is off",
    "refs/tags/v1.2.3",
    ["type=semver,pattern={{raw}},enable=false"],
    ["git-tag-not-taken", "untagged"],
  ],
  ["no git tag", "refs/heads/main", ["type=sha"], []],
  [
    "a value that is no version",
    "refs/heads/main",
    ["type=sha", "type=semver,pattern={{raw}},value=soon"],
    ["value-not-taken"],
  ],
  ["nothing about a branch", "refs/heads/main", ["type=ref,event=tag"], ["untagged"]],
])("warnings: %s", (_what, ref, tags, warnings) => {
  expect(codes(metadataOf(ref, { tags }))).toEqual(warnings);
});

test.each([
  ["type=raw,value=x,enable={k}", { k: "maybe" }, "enable must be one of true, false"],
  ["type=raw,value=x,priority={k}", { k: "high" }, "priority must be a whole number"],
  ["type=ref,event={k}", { k: "commit" }, "event must be one of branch, tag, pr"],
  ["type=match,pattern={k}", { k: "(" }, "Invalid regular expression"],
  ["type=raw,value=x-{{commit_date 'YYYY'}}", {}, "the commit's time is not known"],
])("%s: what only an entry shows is a problem of that image", (line, keys, message) => {
  const event = { ...eventOf("refs/heads/main"), commitDate: undefined };
  expect(metadataOf("", { tags: [line] }, keys, event)).toMatchObject({
    tags: [],
    problems: [{ code: "unusable-metadata", message: expect.stringContaining(message) }],
  });
});

test("a tag that no registry takes is a problem", () => {
  const { problems } = metadataOf(`refs/heads/${"b".repeat(130)}`);
  expect(problems).toMatchObject([
    { code: "invalid-tag", message: expect.stringMatching(/has 130 characters, 128 are/) },
  ]);
  expect(metadataOf("refs/heads/-x").problems).toMatchObject([{ code: "invalid-tag" }]);
});
