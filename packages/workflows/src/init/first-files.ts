import { DEFAULT_CONFIG, DEFAULT_MATRIX } from "../config/config.ts";
import { schemaLine } from "../keys/schema-address.ts";
import type { FirstImage } from "./first-images.ts";
import type { PublishingPlace } from "./publishing-place.ts";

export interface FirstFiles {
  /** Undefined: there is a matrix file, which is kept. */
  readonly images: readonly FirstImage[] | undefined;
  /** Where they are published. */
  readonly publishedTo: PublishingPlace;
  readonly ignore: readonly string[];
  /** The default branch. */
  readonly branch: string;
  /** Of this package: editors read its schemas. */
  readonly version: string;
}

/** The files that `fanfold init` writes, by their paths from the repository's root. */
export function firstFiles(files: FirstFiles): ReadonlyMap<string, string> {
  const { images } = files;
  return new Map([
    ...(images === undefined ? [] : [[DEFAULT_MATRIX, matrixText(images, files)] as const]),
    [DEFAULT_CONFIG, configText(files)],
  ]);
}

function matrixText(images: readonly FirstImage[], { publishedTo: { shared }, version }: FirstFiles): string {
  const same = shared ? "tag-suffix" : "backend";
  return `${schemaLine("matrix", version)}

# One entry is one build job. Entries with the same ${same} are the legs of one image: each is built on a machine of
# its own architecture, and their merge gets the image's tags. Other keys are yours and reach the build as they are.
include:
${images.map((image) => entries(image, shared).join("\n")).join("\n\n")}
`;
}

function entries(image: FirstImage, shared: boolean): readonly string[] {
  const { backend, tagSuffix, dockerfile, context, platforms } = image;
  return platforms.map((platform) => {
    const lines = [
      `backend: ${yamlText(backend)}`,
      ...(shared ? [`tag-suffix: ${JSON.stringify(tagSuffix)}`] : []),
      "tag-latest: auto",
      `dockerfile: ${yamlText(dockerfile)}`,
      `context: ${yamlText(context)}`,
      `platforms: ${platform}`,
      ...(platforms.length > 1 ? [`platform-tag: ${platform.split("/").slice(1).join("-")}`] : []),
      `runs-on: ${architecture(platform) === "arm64" ? "ubuntu-24.04-arm" : "ubuntu-24.04"}`,
    ];
    return `  - ${lines.join("\n    ")}`;
  });
}

function architecture(platform: string): string {
  return platform.split("/")[1] ?? "";
}

function configText({ publishedTo, ignore, branch, version }: FirstFiles): string {
  const [host = ""] = publishedTo.images.split("/");
  const place = publishedTo.shared
    ? `# Every image is published to each of these repositories, told apart by the suffix of its tags.
images:
  - ${publishedTo.images}`
    : `# Every image is published to each of these repositories; {image} is its image key, else its backend.
images:
  - ${JSON.stringify(publishedTo.images)}`;
  return `${schemaLine("config", version)}

matrix: ${DEFAULT_MATRIX}

${place}

# What a Dockerfile reads selects its entries. Rules for what it does not say stand under inputs:
#   - { when: { backend: [a, b] }, paths: ["common/**"] }

# Files that are never a cause.
${ignore.length === 0 ? '# ignore: ["**/*.md", "docs/**"]' : `ignore: ${JSON.stringify(ignore).replaceAll(",", ", ")}`}

# What a changed file does that no rule, no except and no ignore mentions: ignore | warn | run-all.
unmatched: warn

# What the generated workflows are made of: whose pushes are built, and who publishes.
workflow:
  branches: [${yamlText(branch)}]
  registries:
    - ${loginTo(host)}
`;
}

/** GitHub's registry takes the run's own token; of others the secrets are called after them. */
export function loginTo(host: string): string {
  if (host === "ghcr.io") return `{ host: ${host}, username: GITHUB_ACTOR, password: GITHUB_TOKEN }`;
  const name = host.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
  return `{ host: ${JSON.stringify(host)}, username: ${name}_USERNAME, password: ${name}_PASSWORD }`;
}

/** Plain where it means itself in YAML, else quoted; JSON's quotes are YAML's. */
function yamlText(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain || text === "." ? text : JSON.stringify(text);
}
