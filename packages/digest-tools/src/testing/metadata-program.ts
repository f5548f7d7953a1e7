import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readActionsEvent } from "@fanfold-internal/matrix/event";
import { imageMetadata } from "../metadata/image-metadata.ts";
import { parseMetadata } from "../metadata/metadata.ts";
import { readMetadataEvent } from "../metadata/read-event.ts";
import type { MetadataCase } from "./metadata-cases.ts";

/** What comes of a case: tags in order, and labels less those of a moment. Undefined: refused. */
export type MetadataAnswer =
  | { readonly tags: readonly string[]; readonly labels: Readonly<Record<string, string>> }
  | undefined;

// The time of the run, and what Fanfold gives to the index.
const ASIDE = ["org.opencontainers.image.created", "org.opencontainers.image.version"];

/** What docker/metadata-action's published program answers to each. */
export function theirAnswers(program: string, cases: readonly MetadataCase[]): readonly MetadataAnswer[] {
  // The program is loaded anew for each case, and what it loaded before stays in memory.
  const batches = Array.from({ length: Math.ceil(cases.length / 100) }, (_, at) =>
    cases.slice(at * 100, at * 100 + 100),
  );
  return batches.flatMap((batch) => answersOf(program, batch));
}

function answersOf(program: string, cases: readonly MetadataCase[]): readonly MetadataAnswer[] {
  const driver = fileURLToPath(new URL("metadata-action.mjs", import.meta.url));
  const output = execFileSync(process.execPath, [driver, program], {
    input: JSON.stringify(cases),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["pipe", "pipe", "ignore"],
    env: { PATH: process.env["PATH"] },
  });
  return output
    .trim()
    .split("\n")
    .map((line) => {
      const { kind, json } = JSON.parse(line);
      // Theirs prints a tag twice that is also `latest`.
      return kind === "ok" ? { tags: [...new Set<string>(json["tag-names"])], labels: sorted(json.labels) } : undefined;
    });
}

/** Ours to the same. */
export function ourAnswer({ env, payload, repository, commitDate, ...text }: MetadataCase): MetadataAnswer {
  const parsed = parseMetadata(text);
  if (parsed.kind === "invalid") return undefined;
  const name = env["GITHUB_EVENT_NAME"] ?? "";
  const event = readActionsEvent({ name, env, payload: { ...payload, repository } });
  const known = readMetadataEvent(event, env, {
    commitDate: new Date(commitDate),
    now: new Date(0),
  });
  const { tags, labels, problems } = imageMetadata(parsed.metadata, known, () => undefined);
  if (problems.some(({ code }) => code === "unusable-metadata")) return undefined;
  return { tags: tags.map((tag) => tag.name), labels: sorted(labels) };
}

// What nobody knows is an empty label there, and none here.
const EVENT_LABELS = /^org\.opencontainers\.image\.(?:title|description|url|source|revision|licenses)$/;

function sorted(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(labels).filter(
    ([key, value]) => !ASIDE.includes(key) && !(value === "" && EVENT_LABELS.test(key)),
  );
  return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
