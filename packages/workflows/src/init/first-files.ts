import { DEFAULT_CONFIG, DEFAULT_MATRIX } from "../config/config.ts";
import type { FirstImage } from "./first-images.ts";

export interface FirstFiles {
  readonly images: readonly FirstImage[];
  /** Where they are published. */
  readonly publishedTo: string;
  readonly ignore: readonly string[];
  /** The default branch. */
  readonly branch: string;
  /** Of this package: editors read its schemas. */
  readonly version: string;
}

/** The files that `fanfold init` writes, by their paths from the repository's root. */
export function firstFiles(files: FirstFiles): ReadonlyMap<string, string> {
  return new Map([
    [DEFAULT_MATRIX, matrixText(files)],
    [DEFAULT_CONFIG, configText(files)],
  ]);
}

function matrixText({ images, version }: FirstFiles): string {
  return `${schemaLine("matrix", version)}

# One entry is one build job. Entries with the same tag-suffix are the legs of one image: each is built on a machine of
# its own architecture, and their merge gets the image's tags. Other keys are yours and reach the build as they are.
include:
${images.map((image) => entries(image).join("\n")).join("\n\n")}
`;
}

function entries({ backend, tagSuffix, dockerfile, context, platforms }: FirstImage): readonly string[] {
  return platforms.map((platform) => {
    const lines = [
      `backend: ${yamlText(backend)}`,
      `tag-suffix: ${JSON.stringify(tagSuffix)}`,
      "tag-latest: auto",
      `dockerfile: ${yamlText(dockerfile)}`,
      `context: ${yamlText(context)}`,
      `platforms: ${platform}`,
      ...(platforms.length > 1 ? [`platform-tag: ${architecture(platform)}`] : []),
      `runs-on: ${architecture(platform) === "arm64" ? "ubuntu-24.04-arm" : "ubuntu-24.04"}`,
    ];
    return `  - ${lines.join("\n    ")}`;
  });
}

function architecture(platform: string): string {
  return platform.split("/")[1] ?? "";
}

function configText({ images, publishedTo, ignore, branch, version }: FirstFiles): string {
  const contexts = images.map(({ context }) => context);
  return `${schemaLine("config", version)}

matrix: ${DEFAULT_MATRIX}

# Every image is published to each of these repositories, told apart by the suffix of its tags.
images:
  - ${publishedTo}

# Which files an entry is built from; all rules that apply to it add up. {key} is the entry's value.
inputs:
  - paths: ["{dockerfile}"]
${contexts.some((context) => context !== ".") ? CONTEXT_RULE : ""}${contexts.includes(".") ? ROOT_RULE : ""}
# Files that are never a cause.
${ignore.length === 0 ? '# ignore: ["**/*.md", "docs/**"]' : `ignore: ${JSON.stringify(ignore).replaceAll(",", ", ")}`}

# What a changed file does that no rule, no except and no ignore mentions: ignore | warn | run-all.
unmatched: warn

# What the generated workflows are made of: whose pushes are built, and who publishes.
workflow:
  branches: [${yamlText(branch)}]
  registries:
    - { host: ${publishedTo.split("/")[0]}, username: GITHUB_ACTOR, password: GITHUB_TOKEN }
`;
}

const CONTEXT_RULE = `  - unless: { context: "." }
    paths: ["{context}/**"]
`;

const ROOT_RULE = `  # Whose context is the root may be built from anything in it: name what really counts.
  - when: { context: "." }
    paths: ["**"]
    except: [".github/**"]
`;

// Exactly this version's: what an editor accepts is then what this version accepts.
function schemaLine(name: "matrix" | "config", version: string): string {
  return `# yaml-language-server: $schema=https://unpkg.com/@fanfold/workflows@${version}/dist/schema/${name}.schema.json`;
}

/** Plain where it means itself in YAML, else quoted; JSON's quotes are YAML's. */
function yamlText(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain || text === "." ? text : JSON.stringify(text);
}
