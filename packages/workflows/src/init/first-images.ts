import { posix } from "node:path";
import { type Dockerfile, parseDockerfile } from "@fanfold/changed-backends/internal";

/** An image that a repository seems to publish. */
export interface FirstImage {
  readonly backend: string;
  readonly tagSuffix: string;
  readonly dockerfile: string;
  /** From the repository's root, which is `.`. */
  readonly context: string;
  /** Architectures: one leg each; or the one platform that the Dockerfile itself names. */
  readonly platforms: readonly string[];
  /** Paths from the root that its Dockerfile copies by name. */
  readonly copied: readonly string[];
}

export interface FirstLook {
  /** All files that git tracks. */
  readonly tracked: readonly string[];
  /** What the plain image is called. */
  readonly repository: string;
  /** A file's text; undefined: it is gone from the work tree. */
  readonly read: (path: string) => string | undefined;
}

const DOCKERFILE =
  /^(?:Dockerfile|Containerfile)(?:[._-](?<after>.+))?$|^(?<before>.+)\.(?:dockerfile|containerfile)$/i;

const PAIR = ["linux/amd64", "linux/arm64"];

// Names of a plan's outputs, and the one that stands for an empty suffix in names of artifacts.
const RESERVED = /^(?:run-all|core|matrix|merge-matrix|(?:matrix|has|merge-matrix)-.+)$/;

/** One image per Dockerfile, in the order of their paths. */
export function firstImages({ tracked, repository, read }: FirstLook): readonly FirstImage[] {
  const dockerfiles = tracked.filter(isDockerfile).toSorted((left, right) => (left < right ? -1 : 1));
  const taken = new Set<string>();
  return dockerfiles.flatMap((dockerfile) => {
    const text = read(dockerfile);
    if (text === undefined) return [];
    const parts = nameParts(dockerfile);
    const backend = freeName(parts.length === 0 ? [repository] : parts, taken);
    const parsed = parseDockerfile(text);
    // Of a file that BuildKit would refuse nothing is known.
    const stages = parsed.kind === "dockerfile" ? parsed.stages : [];
    const tagSuffix = parts.length === 0 ? "" : `-${backend}`;
    const context = contextOf(dockerfile, stages, tracked);
    const copied = copiedPaths(stages).map((path) => posix.join(context, path));
    return [{ backend, tagSuffix, dockerfile, context, platforms: platformsOf(stages), copied }];
  });
}

function isDockerfile(path: string): boolean {
  return DOCKERFILE.test(posix.basename(path)) && !path.endsWith(".dockerignore");
}

/** `["services", "api", "gpu"]` of `services/api/Dockerfile.gpu`; nothing of the root's `Dockerfile`. */
function nameParts(dockerfile: string): readonly string[] {
  const { after, before } = DOCKERFILE.exec(posix.basename(dockerfile))?.groups ?? {};
  const directory = posix.dirname(dockerfile);
  return [...(directory === "." ? [] : directory.split("/")), after ?? before ?? ""].filter((part) => part !== "");
}

/** The shortest name that is not taken: the last part, the last two, … */
function freeName(parts: readonly string[], taken: Set<string>): string {
  const names = parts.map((_, index) => nameOf(parts.slice(parts.length - 1 - index)));
  const whole = names.at(-1) ?? "image";
  for (let count = 2; ; count += 1) {
    const free = names.find((name) => !taken.has(name) && !RESERVED.test(name));
    if (free !== undefined) {
      taken.add(free);
      return free;
    }
    names.push(`image-${whole}`, `image-${whole}-${count}`);
  }
}

/** Fit for a tag, for an output's name, and in an artifact's: no `--`, no dash at an end. */
function nameOf(parts: readonly string[]): string {
  const name = parts
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, "-")
    .replace(/^[-._]+|[-._]+$/g, "");
  return name === "" ? "image" : name;
}

type Stages = readonly Dockerfile["stages"][number][];

/** The Dockerfile's directory, or the root when only there is everything that it copies. */
function contextOf(dockerfile: string, stages: Stages, tracked: readonly string[]): string {
  const directory = posix.dirname(dockerfile);
  const sources = copiedPaths(stages);
  const hasAll = (from: string): boolean =>
    sources.every((source) => {
      const path = posix.join(from, source);
      return path === "." || tracked.some((file) => file === path || file.startsWith(`${path}/`));
    });
  return hasAll(directory) || !hasAll(".") ? directory : ".";
}

/** Paths in the context that COPY and ADD name, in both their forms: no patterns, no variables, nothing from stages. */
function copiedPaths(stages: Stages): readonly string[] {
  return stages
    .flatMap(({ instructions }) => instructions)
    .flatMap((each) => (each.kind === "copy" && each.from === "" ? each.sources : []))
    .filter((source) => !/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(source))
    .map((source) => source.replace(/^\/+|\/+$/g, ""))
    .filter((source) => source !== "" && !/[*?[$"']/.test(source));
}

/** Both architectures, unless the last stage is of one platform by name: it would not be another one elsewhere. */
function platformsOf(stages: Stages): readonly string[] {
  let stage = stages.at(-1);
  while (stage !== undefined) {
    const { base, platform } = stage.from;
    if (/^[a-z0-9]+\/[a-z0-9/]+$/.test(platform)) return [platform];
    const before: Stages = stages.slice(0, stages.indexOf(stage));
    stage = before.findLast(({ from }) => from.name !== "" && from.name === base);
  }
  return PAIR;
}
