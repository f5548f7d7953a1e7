import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { backendOf } from "@fanfold-internal/matrix/entry-values";
import type { Identify } from "@fanfold-internal/matrix/identity";
import type { MatrixEntry, MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { parseTemplate, templateKeys } from "@fanfold-internal/matrix/template";
import type { BAKE_CODES } from "../bake/bake-entries.ts";
import { readTargetTags, type TargetTags } from "../bake/bake-tags.ts";
import type { Config, LoadedConfig } from "./config.ts";
import { type FamilyIdentity, renderedRepositories } from "./identity.ts";
import { checkIdentity } from "./identity-checks.ts";

/**
 * What tells targets of bake files apart: each is an image by its name, and goes where its `tags` say. One without tags goes
 * where `images` says.
 */
export function bakeIdentity({ images = [], metadata }: Pick<Config, "images" | "metadata">): FamilyIdentity {
  const templates = images.map(parseTemplate);
  const identify: Identify = (entry) => {
    const name = backendOf(entry) ?? "";
    return { id: name, name, artifact: name };
  };
  const ownTags = metadata?.tags === undefined && metadata?.flavor === undefined;
  return {
    identify,
    repositoriesOf: (entry) => tagsOf(entry)?.repositories ?? renderedRepositories(templates, entry),
    ...(ownTags ? { tagsOf: (entry: MatrixEntry) => tagsOf(entry)?.tags } : {}),
    templates,
    imageKeys: ["image"],
    groupKeys: [],
    repositoryKeys: ["backend"],
  };
}

/** Undefined: the target has none, or such as were refused with their place. */
function tagsOf({ tags }: MatrixEntry): TargetTags | undefined {
  const read = Array.isArray(tags) ? readTargetTags(tags.map(String)) : undefined;
  return typeof read === "string" ? undefined : read;
}

/** What is wrong with `images`, for the targets that it is about, and with how many there are. */
export function checkBakeIdentity(
  config: LoadedConfig,
  matrix: MatrixFile,
  identity: FamilyIdentity,
): readonly Diagnostic[] {
  const lists = matrix.lists.map(({ name, entries }) => ({
    name,
    entries: entries.filter((entry) => tagsOf(entry) === undefined && !Array.isArray(entry["tags"])),
  }));
  const untagged = lists.flatMap(({ entries }) => entries);
  const keys = new Set(identity.templates.flatMap(templateKeys));
  const imageKeys = identity.templates.length > 0 && untagged.length > 0 ? [...keys] : [];
  const templates = untagged.length === 0 ? [] : identity.templates;
  const placed: MatrixFile = { ...matrix, lists, place: () => ({ file: matrix.file }) };
  const found = checkIdentity(config, placed, { ...identity, templates, imageKeys });
  const grouped: Diagnostic<keyof typeof BAKE_CODES> = {
    code: "bake-group-by",
    severity: "warning",
    message: "group-by has no meaning for bake files: each target is an image by its name",
    at: config.place(["group-by"]),
    fix: "remove it",
  };
  const all = checkIdentity(config, matrix, { ...identity, templates: [], imageKeys: [] });
  return [
    ...(config.config["group-by"] === undefined ? [] : [grouped]),
    ...found,
    ...all.filter(({ code }) => code === "too-many-entries"),
  ];
}
