import {
  type Dockerfile,
  Inference,
  type Inferred,
  parseDockerfile,
  type RepositoryTree,
} from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { dockerfileVariant, isCalledDockerfile } from "../base/dockerfile-names.ts";
import { firstContext } from "./first-context.ts";
import { firstNames } from "./first-names.ts";

/** An image that a repository seems to publish. */
export interface FirstImage {
  readonly backend: string;
  readonly tagSuffix: string;
  readonly dockerfile: string;
  /** From the repository's root, which is `.`. */
  readonly context: string;
  /** One leg each; or the one platform that the Dockerfile itself names. */
  readonly platforms: readonly string[];
  readonly inferred: Inferred;
}

export interface FirstLook {
  /** All files that git tracks, and texts of those that `isCalledDockerfile` takes. */
  readonly tree: RepositoryTree;
  /** Paths of files to look at. */
  readonly paths: readonly string[];
  /** What the plain image is called. */
  readonly repository: string;
  readonly platforms: readonly string[];
}

export interface FirstImages {
  /** In the order of their Dockerfiles' paths. */
  readonly images: readonly FirstImage[];
  /** Dockerfiles that are left out, and why. */
  readonly findings: readonly Diagnostic[];
}

// Programs may be called like Dockerfiles that they write or read.
const PROGRAM = /\.(?:[cm]?[jt]sx?|go|py|rb|rs|java|kt|php|c|h|cc|cpp|cs|sh|bash|ps1|json|ya?ml|toml|xml|html?)$/i;

const WINDOWS = /\bwindows\b|nanoserver|servercore/i;

/** One image per Dockerfile. */
export function firstImages({ tree, paths, repository, platforms }: FirstLook): FirstImages {
  const inference = new Inference(tree);
  const findings: Diagnostic[] = [];
  const found = paths
    .filter(isCalledDockerfile)
    .toSorted((left, right) => (left < right ? -1 : 1))
    .flatMap((dockerfile) => {
      const text = tree.text(dockerfile);
      const parsed = text === undefined ? undefined : parseDockerfile(text);
      if (parsed === undefined) return [];
      if (parsed.kind === "too-long") {
        findings.push(leftOut(dockerfile, 0, "it has more than 1 MiB, which nobody has written"));
        return [];
      }
      if (parsed.kind === "refused") {
        if (!PROGRAM.test(dockerfile))
          findings.push(leftOut(dockerfile, parsed.line, `BuildKit would refuse it: ${parsed.reason}`));
        return [];
      }
      if (isForWindows(dockerfile, parsed)) {
        findings.push(leftOut(dockerfile, 0, "it is for Windows, and a Linux runner does not build it"));
        return [];
      }
      return [{ dockerfile, parsed }];
    });
  const names = firstNames(
    found.map(({ dockerfile }) => dockerfile),
    repository,
  );
  const images = found.flatMap(({ dockerfile, parsed }): readonly FirstImage[] => {
    const name = names.get(dockerfile);
    if (name === undefined) return [];
    const legs = platformsOf(parsed.stages, platforms);
    const context = firstContext(dockerfile, { parsed, platform: legs[0] ?? "linux/amd64" }, { tree, inference });
    const tagSuffix = name.plain ? "" : `-${name.name}`;
    return [{ backend: name.name, tagSuffix, dockerfile, ...context, platforms: legs }];
  });
  return { images, findings };
}

function leftOut(file: string, line: number, why: string): Diagnostic {
  return {
    code: "dockerfile-left-out",
    severity: "notice",
    message: `is left out: ${why}`,
    at: { file, ...(line === 0 ? {} : { line }) },
  };
}

/** By the image that its last stage stands on; one that an argument names is what the file is called after. */
function isForWindows(dockerfile: string, { stages, escape: escaping }: Dockerfile): boolean {
  let stage = stages.at(-1);
  for (;;) {
    if (stage === undefined) return escaping === "`";
    const { base, platform } = stage.from;
    const before: Stages = stages.slice(0, stages.indexOf(stage));
    const next = before.findLast(({ from }) => from.name !== "" && from.name === base);
    if (next === undefined) {
      const named = base.includes("$") && WINDOWS.test(dockerfileVariant(dockerfile));
      return escaping === "`" || named || WINDOWS.test(`${platform} ${base}`);
    }
    stage = next;
  }
}

type Stages = readonly Dockerfile["stages"][number][];

/** All of them, unless the last stage is of one platform by name: it would not be another one elsewhere. */
function platformsOf(stages: Stages, platforms: readonly string[]): readonly string[] {
  let stage = stages.at(-1);
  while (stage !== undefined) {
    const { base, platform } = stage.from;
    if (/^[a-z0-9]+\/[a-z0-9/]+$/.test(platform)) return [platform];
    const before: Stages = stages.slice(0, stages.indexOf(stage));
    stage = before.findLast(({ from }) => from.name !== "" && from.name === base);
  }
  return platforms;
}
