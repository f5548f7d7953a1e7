import { type ExternalImage, externalImages } from "@fanfold/changed-backends/internal";
import type { ReadStore } from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import { fewNames } from "@fanfold-internal/kit/text/words";
import type { FamilyGraph } from "../bases/family-graph.ts";
import type { AskedContext } from "../build/inner-targets.ts";
import type { ImageContent } from "../content/image-content.ts";
import type { PublishedImage } from "../published/published-images.ts";

/** What images from elsewhere stand for, as builds are held to it. */
export interface WatchedBases {
  /** By image id, digests by name; null: one of them is not known. */
  readonly digests: ReadonlyMap<string, Readonly<Record<string, string>> | null>;
  /** By artifact name, build contexts that take their place: `docker-image://docker.io/library/alpine@sha256:…`. */
  readonly contexts: ReadonlyMap<string, readonly AskedContext[]>;
  readonly warnings: readonly Diagnostic[];
}

type Asked = string | Diagnostic;

/** Reads what the tags of images from elsewhere stand for, each once, with a HEAD, which no registry counts. */
export async function watchedBases(
  { list, entries }: Pick<FamilyGraph, "list" | "entries">,
  images: readonly PublishedImage[],
  openStore: (name: string) => ReadStore,
): Promise<WatchedBases> {
  const external = externalImages(entries);
  const answers = new Map<string, Promise<Asked>>();
  const ask = (image: ExternalImage): Promise<Asked> => {
    const name = nameOf(image);
    const asked = answers.get(name) ?? digestOf(image, openStore);
    answers.set(name, asked);
    return asked;
  };
  const read = await Promise.all(
    external.map(async (all) => all && Promise.all(all.map(async (image) => ({ image, digest: await ask(image) })))),
  );
  const digests = new Map<string, Record<string, string> | null>();
  const contexts = new Map<string, readonly AskedContext[]>();
  for (const { group } of images.filter((image) => image.list === list.name)) {
    const { id } = group.identity;
    for (const { index, artifact } of group.legs) {
      const found = read[index] ?? null;
      const own = digests.get(id) ?? (digests.has(id) ? null : {});
      for (const { image, digest } of found ?? []) {
        if (typeof digest !== "string") continue;
        if (own !== null) own[nameOf(image)] = digest;
        if (image.context === undefined) continue;
        const { within, context, repository } = image;
        const value = `docker-image://${repository}@${digest}`;
        contexts.set(artifact, [...(contexts.get(artifact) ?? []), { within, context, value }]);
      }
      const isKnown = found?.every(({ digest }) => typeof digest === "string") === true;
      digests.set(id, isKnown ? own : null);
    }
  }
  return { digests, contexts, warnings: await unreadWarnings(answers) };
}

/** What images are built from, with what their builds are held to. */
export function heldTo(
  contents: ReadonlyMap<string, ImageContent>,
  { digests }: Pick<WatchedBases, "digests">,
): ReadonlyMap<string, ImageContent> {
  return new Map(
    [...contents].map(([id, content]) => {
      const own = digests.get(id) ?? (digests.has(id) ? null : {});
      const keyWith: ImageContent["keyWith"] = (bases) => (own === null ? null : content.keyWith(bases, own));
      return [id, { ...content, keyWith }];
    }),
  );
}

async function digestOf(image: ExternalImage, openStore: (name: string) => ReadStore): Promise<Asked> {
  const missing = (
    message: string,
    fix = "see that the name is right, and that the plan's job may read it",
  ): Diagnostic => ({
    code: "watched-unread",
    severity: "warning",
    message,
    fix,
  });
  try {
    const found = await openStore(image.repository).headManifest(image.tag);
    return found?.digest ?? missing(`${nameOf(image)} does not exist`);
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    const [first] = error.diagnostics;
    return missing(first?.message ?? error.message, first?.fix);
  }
}

async function unreadWarnings(answers: ReadonlyMap<string, Promise<Asked>>): Promise<readonly Diagnostic[]> {
  const read = await Promise.all([...answers].map(async ([name, asked]) => ({ name, answer: await asked })));
  const unread = read.flatMap(({ name, answer }) => (typeof answer === "string" ? [] : [{ name, answer }]));
  const [first] = unread;
  if (first === undefined) return [];
  const names = fewNames(
    unread.map(({ name }) => name),
    10,
  );
  return [
    {
      ...first.answer,
      message: `bases that are watched cannot be read, so that nobody knows whether they have moved: ${names}: ${first.answer.message}`,
    },
  ];
}

function nameOf({ repository, tag }: ExternalImage): string {
  return `${repository}:${tag}`;
}
