import { DigestToolsError } from "../base/error.ts";
import type { Descriptor, Digest } from "../oci/descriptor.ts";
import { nameIn } from "../oci/image-name.ts";
import type { Tag } from "../tags/tags.ts";

export interface BuildCommand {
  /** Repositories of registries, each to get the same digest. */
  readonly repositories: readonly string[];
  /** As docker takes it: `linux/amd64`, or several with commas. */
  readonly platform: string;
  readonly metadataFile: string;
  /** For each platform's manifest; the user's own win. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The user's own win. */
  readonly labels: Readonly<Record<string, string>>;
  /** The user's own, with the context among them. */
  readonly buildArguments: readonly string[];
}

/**
 * The arguments of `docker` that build and push by digest. One exporter names all repositories: BuildKit writes the names
 * into the provenance, so two exporters would give two attestations, and with them two digests.
 * https://github.com/moby/buildkit#imageregistry
 * @throws DigestToolsError `invalid-options` for a build argument that would send the image elsewhere
 */
export function buildCommand(command: BuildCommand): readonly string[] {
  assertBuildArguments(command.buildArguments);
  return [
    "buildx",
    "build",
    "--platform",
    command.platform,
    "--output",
    exporter(command.repositories),
    "--metadata-file",
    command.metadataFile,
    ...Object.entries(command.annotations).flatMap(([key, value]) => ["--annotation", `manifest:${key}=${value}`]),
    ...Object.entries(command.labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...command.buildArguments,
  ];
}

export interface ImagetoolsCommand {
  readonly repository: string;
  readonly tags: readonly Tag[];
  /** What the index is made of. */
  readonly legs: readonly Descriptor[];
  /** Tags the one leg as it is, in the place of an index of it. */
  readonly asIs?: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  /** Pushes the index under its digest too, which needs no tag. */
  readonly digest?: Digest;
  /** Prints the index and pushes nothing. */
  readonly dryRun?: boolean;
}

/** The arguments of `docker` that make an index of the legs, in their order, and put the tags on it. */
export function imagetoolsCommand(command: ImagetoolsCommand): readonly string[] {
  const { repository, tags, legs, annotations, asIs = false, digest, dryRun = false } = command;
  const references = [...tags.map(({ name }) => name), ...(digest === undefined ? [] : [digest])];
  return [
    "buildx",
    "imagetools",
    "create",
    ...(dryRun ? ["--dry-run"] : []),
    ...(asIs ? ["--prefer-index=false"] : []),
    ...Object.entries(annotations).flatMap(([key, value]) => ["--annotation", `index:${key}=${value}`]),
    ...references.flatMap((reference) => ["--tag", nameIn({ name: repository }, reference)]),
    ...legs.map((leg) => `${repository}@${leg.digest}`),
  ];
}

const REFUSED_LONG = ["output", "push", "load", "tag", "platform", "metadata-file"];
const REFUSED_SHORT = "ot";
/** Short flags of `docker buildx build` without a value: others may stand behind them in the same word. */
const SWITCHES = "qD";

/**
 * Refuses what would fight the export: `-o`, `--output`, `--push`, `--load`, `-t`, `--tag`, `--platform` and `--metadata-file` in every
 * spelling that docker takes.
 * @throws DigestToolsError `invalid-options`
 */
export function assertBuildArguments(buildArguments: readonly string[]): void {
  for (const argument of buildArguments) {
    const name = refusedName(argument);
    if (name === undefined) continue;
    throw new DigestToolsError({
      code: "invalid-options",
      message: `build argument ${JSON.stringify(argument)} is not allowed: ${name} is set by digest-tools push`,
      fix: "leave it out; repositories are named by --image, the platform by --platform, tags by --tag",
    });
  }
}

function refusedName(argument: string): string | undefined {
  if (argument.startsWith("--")) {
    const name = argument.slice(2).split("=", 1).join("");
    return REFUSED_LONG.includes(name) ? `--${name}` : undefined;
  }
  if (!argument.startsWith("-")) return undefined;
  for (const flag of argument.slice(1)) {
    if (REFUSED_SHORT.includes(flag)) return `-${flag}`;
    if (!SWITCHES.includes(flag)) return undefined;
  }
  return undefined;
}

/** The one exporter of all repositories, as `--output` takes it. */
export function exporter(repositories: readonly string[]): string {
  return `type=image,${csvField(`name=${repositories.join(",")}`)},push-by-digest=true,name-canonical=true,push=true`;
}

/** One field of the CSV that buildx reads an output from: quoted where it holds a comma or a quote. */
function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
