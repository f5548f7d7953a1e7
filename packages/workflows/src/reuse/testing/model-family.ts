import type { ScratchFile } from "@fanfold-rigs/github-stand-in";

/** An image of the family that the model plays with. */
interface ModelImage {
  readonly name: string;
  /** One for each leg; a single has none, and is built for linux/amd64. */
  readonly architectures: readonly string[];
  /** Names of images that it is built from. */
  readonly bases: readonly string[];
}

/** Three that stand on one another, and two that stand on nothing. */
export const IMAGES: readonly ModelImage[] = [
  { name: "base", architectures: ["amd64", "arm64"], bases: [] },
  { name: "middle", architectures: ["amd64", "arm64"], bases: ["base"] },
  { name: "top", architectures: [], bases: ["middle"] },
  { name: "other", architectures: [], bases: [] },
  { name: "third", architectures: [], bases: [] },
];

/** The one file that an image is built from. */
export interface Source {
  readonly text: number;
  readonly executable: boolean;
}

/** By image. */
export type Sources = Readonly<Record<string, Source>>;

export const FIRST_SOURCES: Sources = Object.fromEntries(
  IMAGES.map(({ name }) => [name, { text: 0, executable: false }]),
);

export function modelImage(name: string): ModelImage {
  const found = IMAGES.find((image) => image.name === name);
  if (found === undefined) throw new Error(`no image ${name}`);
  return found;
}

/** What its layers must be made of, the bases' first. */
export function expectedLayers(image: string, sources: Sources): readonly string[] {
  const own = sources[image];
  if (own === undefined) throw new Error(`no sources of ${image}`);
  return [...modelImage(image).bases.flatMap((base) => expectedLayers(base, sources)), layerOf(image, own)];
}

export function layerOf(image: string, { text, executable }: Source): string {
  return `${image} ${text}${executable ? " x" : ""}`;
}

/** Files of a commit; `places`: where images are published, as `quay.io/example`. */
export function filesOf(sources: Sources, note = 0): Readonly<Record<string, ScratchFile>> {
  return {
    "notes.md": `${note}\n`,
    ...Object.fromEntries(
      Object.entries(sources).map(([name, { text, executable }]): [string, ScratchFile] => [
        `${name}/file`,
        { mode: executable ? "100755" : "100644", content: `${text}\n` },
      ]),
    ),
  };
}

export function familyFiles(places: readonly string[]): Readonly<Record<string, ScratchFile>> {
  const [first = ""] = places;
  const hosts = [...new Set(places.map((place) => place.slice(0, place.indexOf("/"))))];
  const entries = IMAGES.flatMap(({ name, architectures }) =>
    (architectures.length === 0 ? [undefined] : architectures).map((arch) => {
      const platform =
        arch === undefined ? "platforms: linux/amd64" : `platforms: linux/${arch}, platform-tag: ${arch}`;
      return `  - { backend: ${name}, ${platform}, context: ${name}, dockerfile: ${name}/Dockerfile }`;
    }),
  );
  return {
    ".github/fanfold.yml": [
      `images: [${places.map((place) => `"${place}/{image}"`).join(", ")}]`,
      "reuse: published",
      'ignore: ["**/*.md"]',
      "workflow:",
      "  branches: [main]",
      `  registries: [${hosts.map((host) => `{ host: "${host}", username: U, password: P }`).join(", ")}]`,
      "",
    ].join("\n"),
    ".github/backend-matrix.yml": ["include:", ...entries, ""].join("\n"),
    ...Object.fromEntries(
      IMAGES.map(({ name, bases }) => [
        `${name}/Dockerfile`,
        `FROM ${bases[0] === undefined ? "scratch" : `${first}/${bases[0]}:main`}\nCOPY file /\n`,
      ]),
    ),
  };
}
