import { posix } from "node:path";
import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { fewNames } from "@fanfold-internal/kit/text/words";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { formatPlatformName, parsePlatformName, platformTexts } from "@fanfold-internal/matrix/platform";
import { ATTRIBUTES } from "../keys/build-keys.ts";
import { readTargetTags } from "./bake-tags.ts";
import type { PrintedBake } from "./printed.ts";

/** What is found in the targets of bake files. */
export const BAKE_CODES = {
  "bake-tags": "The `tags` of a bake target name no repository, or not the same tags in each.",
  "bake-attribute": "A bake target has an attribute that Fanfold does not know, and would build without it.",
  "bake-no-image": "A bake target makes no image: its `output` is a folder or nothing, or it is only called to check.",
  "bake-group-by": "`group-by` tells entries apart, and bake targets are told apart by their names.",
  "bake-empty": "No bake target that was asked for makes an image.",
} as const;

type BakeFinding = Diagnostic<keyof typeof BAKE_CODES>;

/** The legs of printed targets as entries of a matrix, in the order in which the targets were asked for. */
export interface BakeEntries {
  readonly entries: readonly MatrixEntry[];
  readonly findings: readonly BakeFinding[];
}

/** The keys of an entry that its job is handed; how it is built stands in the plan alone. */
export const JOB_KEYS: readonly string[] = ["backend", "platforms", "platform-tag", "runs-on"];

export interface EntriesGround {
  /** The files' first. */
  readonly file: string;
  readonly placeOf: (target: string) => Place;
  /** Platform to runner. */
  readonly runners: Readonly<Record<string, string>>;
}

/**
 * A target is an image: its platforms are its legs. A target without tags that others are built with is a part of these, as
 * is one that was not asked for, and stands in their entries.
 */
export function bakeEntries(printed: PrintedBake, { file, placeOf, runners }: EntriesGround): BakeEntries {
  const { asked, targets } = printed;
  const targetOf = (name: string): JsonObject => targets.get(name) ?? {};
  const used = new Set([...targets.values()].flatMap(linkedNames));
  const made = asked.filter((name) => isImage(targetOf(name)));
  const images = new Set(made.filter((name) => tagsOf(targetOf(name)).length > 0 || !used.has(name)));
  const findings: BakeFinding[] = [];
  const others = asked.filter((name) => !made.includes(name) && !used.has(name));
  if (others.length > 0) {
    findings.push({
      code: "bake-no-image",
      severity: "notice",
      message: `no images, and not built: ${fewNames(others, 10)}`,
      at: { file },
      fix: "leave them to the workflow that checks; matrix: { files: […], targets: […] } names what is built",
    });
  }
  if (images.size === 0) {
    findings.push({
      code: "bake-empty",
      severity: "error",
      message: "no target that is asked for makes an image",
      at: { file },
      fix: "name some with matrix: { files: […], targets: […] }",
    });
  }
  const entries = [...images].flatMap((name): readonly MatrixEntry[] => {
    const target = targetOf(name);
    const linked = linkedTargets(name, targetOf, images);
    for (const each of [name, ...linked]) findings.push(...attributeFindings(each, targetOf(each), placeOf(each)));
    const tags = tagsOf(target);
    const read = readTargetTags(tags);
    if (typeof read === "string") {
      findings.push({
        code: "bake-tags",
        severity: "error",
        message: `target ${JSON.stringify(name)}: ${read}`,
        at: placeOf(name),
        fix: "write registry/path:tag, with the same tags in each repository, or leave tags to metadata of the config",
      });
    }
    const shared = {
      ...buildOf(target),
      ...(tags.length === 0 ? {} : { tags }),
      ...(linked.length === 0
        ? {}
        : { linked: Object.fromEntries(linked.map((each) => [each, linkedBuild(targetOf(each))])) }),
    };
    return legsOf(target, runners).map((leg) => ({ backend: name, ...leg, ...shared }));
  });
  return { entries, findings };
}

/** Whether a build of it leaves an image somewhere. */
function isImage({ output, call }: JsonObject): boolean {
  if (typeof call === "string" && call !== "" && call !== "build") return false;
  if (!Array.isArray(output) || output.length === 0) return true;
  const types = output.map((each: Json) =>
    isJsonObject(each) ? each["type"] : /\btype=(\w+)/.exec(String(each))?.[1],
  );
  return types.some((type) => !["local", "tar", "cacheonly"].includes(String(type ?? "local")));
}

function tagsOf({ tags }: JsonObject): readonly string[] {
  return Array.isArray(tags) ? tags.map(String) : [];
}

function linkedNames({ contexts }: JsonObject): readonly string[] {
  const values = isJsonObject(contexts) ? Object.values(contexts) : [];
  return values.flatMap((value) =>
    typeof value === "string" && value.startsWith(TARGET) ? value.slice(TARGET.length) : [],
  );
}

const TARGET = "target:";

/** What a target is built with, over others, up to images. */
function linkedTargets(
  name: string,
  targetOf: (name: string) => JsonObject,
  images: ReadonlySet<string>,
): readonly string[] {
  const found = new Set<string>();
  const visit = (each: string): void => {
    for (const linked of linkedNames(targetOf(each))) {
      if (images.has(linked) || linked === name || found.has(linked)) continue;
      found.add(linked);
      visit(linked);
    }
  };
  visit(name);
  return [...found].toSorted();
}

/** What is said of a target elsewhere, or of no build of Fanfold's. */
const NOT_BUILT: readonly string[] = ["tags", "output", "platforms", "description", "call"];

function attributeFindings(name: string, target: JsonObject, at: Place): readonly BakeFinding[] {
  const unknown = Object.keys(target).filter((key) => !Object.hasOwn(ATTRIBUTES, key) && !NOT_BUILT.includes(key));
  return unknown.map((key) => ({
    code: "bake-attribute",
    severity: "error",
    message: `target ${JSON.stringify(name)}: the attribute ${JSON.stringify(key)} is not known, and would not count`,
    at,
    fix: "remove it; a newer Fanfold may know it",
  }));
}

/** The attributes of a build, with paths as entries have them: the Dockerfile from the repository's root. */
function buildOf(target: JsonObject): JsonObject {
  const { context, dockerfile, contexts, ...others } = target;
  const root = localPath(String(context ?? "."));
  const inline = target["dockerfile-inline"] !== undefined;
  const file = localPath(String(dockerfile ?? "Dockerfile"));
  const known = Object.entries(others).filter(([key]) => Object.hasOwn(ATTRIBUTES, key));
  return {
    ...(root === "." ? {} : { context: root }),
    ...(inline ? {} : { dockerfile: isRemote(root) ? file : posix.join(root, file) }),
    ...(isJsonObject(contexts)
      ? {
          contexts: Object.fromEntries(
            Object.entries(contexts).map(([name, value]) => [
              name,
              typeof value === "string" && !isRemote(value) && !value.startsWith(TARGET) ? localPath(value) : value,
            ]),
          ),
        }
      : {}),
    ...Object.fromEntries(known),
  };
}

function linkedBuild(target: JsonObject): JsonObject {
  const platforms = platformTexts(target["platforms"]);
  return { ...buildOf(target), ...(platforms === undefined ? {} : { platforms }) };
}

/** `cwd://` is what bake calls the folder that it runs in. */
function localPath(path: string): string {
  return isRemote(path) ? path : posix.normalize(path.replace(/^cwd:\/\//, "") || ".").replace(/(?<=.)\/$/, "");
}

function isRemote(path: string): boolean {
  return /^(?!cwd:)[a-z][a-z0-9+.-]*:\/\/|^git@|^github\.com\//i.test(path);
}

/** One platform is an image of one leg, which has no tag for it; without any it is the runner's own. */
function legsOf(target: JsonObject, runners: EntriesGround["runners"]): readonly JsonObject[] {
  const written = platformTexts(target["platforms"]) ?? [];
  const platforms = new Map(
    written.map((text) => {
      const name = parsePlatformName(text);
      return [name === undefined ? text : formatPlatformName(name), name] as const;
    }),
  );
  if (platforms.size === 0) return [{ "runs-on": runnerFor("linux/amd64", runners) }];
  return [...platforms].map(([text, name]) => {
    const tag = name === undefined ? text.replace(/\W+/g, "-") : platformTag(name);
    return {
      platforms: text,
      ...(platforms.size === 1 ? {} : { "platform-tag": tag }),
      "runs-on": runnerFor(text, runners),
    };
  });
}

function platformTag({ os, architecture, variant }: NonNullable<ReturnType<typeof parsePlatformName>>): string {
  return [...(os === "linux" ? [] : [os]), architecture, variant].filter((part) => part !== undefined).join("-");
}

/** GitHub has runners of two architectures; what neither runs is emulated. */
function runnerFor(platform: string, runners: EntriesGround["runners"]): string {
  return runners[platform] ?? (platform === "linux/arm64" ? "ubuntu-24.04-arm" : "ubuntu-latest");
}
