import { DigestToolsError } from "../base/error.ts";
import { readDocument } from "../oci/descriptor-json.ts";
import { exporter } from "./buildx-command.ts";

/** A target of a bake file: https://docs.docker.com/build/bake/reference/ */
export interface BakeSource {
  readonly file: string;
  readonly target: string;
  /** What the build may do besides reading below the current directory, as `--allow` of bake takes it. */
  readonly allow: readonly string[];
  /** `attribute=value`, as `--set` takes it for the target. */
  readonly overrides?: readonly string[];
  /** `other.attribute=value`, for targets that it is linked to. */
  readonly linkedOverrides?: readonly string[];
}

export interface BakeCommand extends BakeSource {
  /** Repositories of registries, each to get the same digest. */
  readonly repositories: readonly string[];
  readonly platform: string;
  readonly metadataFile: string;
  /** For each platform's manifest. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly evaluated: EvaluatedTarget;
}

/** What a push has to know of a target. */
export interface EvaluatedTarget {
  /** Types of attestations that the target speaks for, `type=sbom,disabled=true` among them. */
  readonly attests: readonly string[];
  /** Whether it, or one that it is linked to, reads or writes GitHub's cache. */
  readonly usesActionsCache: boolean;
}

/** The arguments of `docker` that print a target with everything filled in. */
export function printCommand({ file, target }: BakeSource): readonly string[] {
  return ["buildx", "bake", "--file", file, "--print", target];
}

/** Reads what bake printed. @throws DigestToolsError `invalid-options`: a group, or no such target */
export function evaluatedTarget(printed: string, { file, target }: BakeSource): EvaluatedTarget {
  const json = readDocument(printed, {
    at: { file },
    code: "invalid-options",
    fix: "see what docker buildx bake --print says of it",
  });
  const found = json.at("target").at(target);
  if (!found.present) {
    throw new DigestToolsError({
      code: "invalid-options",
      message: `${JSON.stringify(target)} is a group, which stands for ${json.at("target").keys().join(", ")}`,
      at: { file },
      fix: "push its targets one by one",
    });
  }
  const types = (name: string, key: string): readonly string[] => {
    const items = json.at("target").at(name).at(key);
    return items.present ? items.items().map((item) => item.at("type").optionalText() ?? "") : [];
  };
  const caches = json
    .at("target")
    .keys()
    .flatMap((name) => [...types(name, "cache-from"), ...types(name, "cache-to")]);
  return { attests: types(target, "attest"), usesActionsCache: caches.includes("gha") };
}

/**
 * What an image is published with, besides the types that its target speaks for. A registry that an attacker can write to does not
 * forge them unnoticed: the index names them by digest.
 */
export function defaultAttestations(spokenFor: readonly string[]): readonly string[] {
  return ["type=provenance,mode=max", "type=sbom"].filter(
    (text) => !spokenFor.some((type) => text.startsWith(`type=${type}`)),
  );
}

/**
 * The arguments of `docker` that build a target and push it by digest. The target's own `output` and `tags` do not count:
 * where an image goes is told by the repositories, and by whoever tags it.
 */
export function bakeCommand(command: BakeCommand): readonly string[] {
  const {
    file,
    target,
    allow,
    overrides = [],
    linkedOverrides = [],
    repositories,
    platform,
    metadataFile,
    annotations,
    labels,
    evaluated,
  } = command;
  const values = [
    ...overrides,
    "tags=",
    `platform=${platform}`,
    `output=${exporter(repositories)}`,
    ...defaultAttestations(evaluated.attests).map((text) => `attest=${text}`),
    ...Object.entries(annotations).map(([key, value]) => `annotations=manifest:${key}=${value}`),
    ...Object.entries(labels).map(([key, value]) => `labels.${key}=${value}`),
  ];
  return [
    "buildx",
    "bake",
    "--file",
    file,
    "--metadata-file",
    metadataFile,
    ...allow.flatMap((entitlement) => ["--allow", entitlement]),
    ...[...linkedOverrides, ...values.map((value) => `${target}.${value}`)].flatMap((each) => ["--set", each]),
    target,
  ];
}

/** Names that bake takes, and patterns of `--set` do not mistake. @throws DigestToolsError `invalid-options` */
export function assertTargetName(name: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return name;
  throw new DigestToolsError({
    code: "invalid-options",
    message: `${JSON.stringify(name)} is not the name of a bake target`,
    fix: "a target's name has letters, digits, _ and -",
  });
}
