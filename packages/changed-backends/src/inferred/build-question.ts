import { posix } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { type BuildQuestion, isElsewhere } from "../infer/build-inputs.ts";

/** How an entry is built, as far as the repository says. */
interface EntryBuild {
  /** `dockerfile`, `context`, `target`, `args`, `contexts`, `dockerfile-inline`, with what a config says of all entries. */
  readonly keys: JsonObject;
  /** What is built with it, inside its own build, and named as `target:NAME` in `contexts`: the same keys by their names. */
  readonly linked?: Readonly<Record<string, JsonObject>>;
  /** Whoever builds it may give arguments that stand nowhere in the repository. */
  readonly open: boolean;
}

export type BuildOf = (entry: MatrixEntry, list: string) => EntryBuild;

/** What the entry says of itself; a workflow that somebody wrote may give other arguments. */
export const asWritten: BuildOf = (entry) => ({ keys: entry, open: true });

/** Undefined: it names no Dockerfile, and is of a list that is built otherwise. The same entry has one question. */
export function buildQuestion(entry: MatrixEntry, list: string, buildOf: BuildOf): BuildQuestion | undefined {
  const lists = known.get(buildOf) ?? new Map<string, WeakMap<MatrixEntry, BuildQuestion | "none">>();
  known.set(buildOf, lists);
  const questions = lists.get(list) ?? new WeakMap<MatrixEntry, BuildQuestion | "none">();
  lists.set(list, questions);
  const question = questions.get(entry) ?? ownQuestion(entry, list, buildOf) ?? "none";
  questions.set(entry, question);
  return question === "none" ? undefined : question;
}

/** What has been asked: inputs, bases and keys are found by the same questions. */
const known = new WeakMap<BuildOf, Map<string, WeakMap<MatrixEntry, BuildQuestion | "none">>>();

function ownQuestion(entry: MatrixEntry, list: string, buildOf: BuildOf): BuildQuestion | undefined {
  const build = buildOf(entry, list);
  if (textOf(build.keys, "dockerfile") === "" && list !== "include") return undefined;
  return questionOf(build.keys, entry, build);
}

/** The builds inside an entry's own, by their names. */
export function linkedQuestions(
  entry: MatrixEntry,
  list: string,
  buildOf: BuildOf,
): readonly (readonly [name: string, question: BuildQuestion])[] {
  const build = buildOf(entry, list);
  return Object.entries(build.linked ?? {}).map(([name, keys]) => [name, questionOf(keys, entry, build)] as const);
}

function questionOf(keys: JsonObject, entry: MatrixEntry, { open, linked = {} }: EntryBuild): BuildQuestion {
  const context = textOf(keys, "context");
  const named = textOf(keys, "dockerfile");
  const inline = textOf(keys, "dockerfile-inline");
  const windows = /windows/i.test(textOf(entry, "runs-on"));
  // What is built with it is no image, whatever images are called.
  const contextOf = (value: string): string =>
    value.startsWith("target:") && Object.hasOwn(linked, value.slice("target:".length)) ? `linked-${value}` : value;
  return {
    dockerfile:
      inline === ""
        ? posix.join(".", named === "" ? posix.join(context, "Dockerfile") : named)
        : posix.join(isElsewhere(context) ? "" : context, "dockerfile-inline"),
    ...(inline === "" ? {} : { inline }),
    context,
    target: textOf(keys, "target") || undefined,
    platforms: windows ? ["windows"] : platformsOf(entry["platforms"]),
    arguments: { values: new Map(pairs(keys["args"]).map(([name, value]) => [name, argumentText(value)])), open },
    contexts: new Map(pairs(keys["contexts"]).map(([name, value]) => [name, contextOf(String(value))])),
  };
}

/** Whether it is built from a Dockerfile for certain: who names none where there is none may be built by other means. */
export function isBuiltByDockerfile({ keys, open }: EntryBuild): boolean {
  return !open || keys["dockerfile"] !== undefined || keys["dockerfile-inline"] !== undefined;
}

/** Null: it is filled in later, and nobody knows with what. */
function argumentText(value: Json): string | null {
  return value === null || typeof value === "object" || String(value).includes("{") ? null : String(value);
}

function textOf(keys: JsonObject, key: string): string {
  const value = Object.hasOwn(keys, key) ? keys[key] : undefined;
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}

function pairs(value: Json | undefined): readonly (readonly [string, Json])[] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

function platformsOf(platforms: Json | undefined): readonly string[] {
  const texts = Array.isArray(platforms)
    ? platforms.map(String)
    : typeof platforms === "string"
      ? platforms.split(",")
      : [];
  return texts.map((text) => text.trim()).filter((text) => text !== "");
}
