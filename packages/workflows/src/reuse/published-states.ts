import type { ReadStore } from "@fanfold/digest-tools/internal";
import { type ImageContent, keysOfBuilt } from "../content/image-content.ts";
import { type PublishedImage, publishedImages } from "../published/published-images.ts";
import { askStates } from "./ask-states.ts";
import type { PublishedState, ReuseState } from "./published-state.ts";
import { ledgerQuestions, type QuestionGround } from "./questions.ts";
import { type AskSignatures, referencesOf, untrusted } from "./trusted-states.ts";

/** An image that the merge publishes, and what a branch has published of it. */
export interface ImageState {
  readonly image: PublishedImage;
  /** The key of what the commit would build; null: not known. */
  readonly key: string | null;
  /** Undefined: there is no tag or repository by which that could be known. */
  readonly published: PublishedState | undefined;
  /** Whether that carries a signature that counts, in every repository; null: nobody asked, or nobody knows. */
  readonly signed: boolean | null;
}

/**
 * What a branch has published of all images of a family, beside what a commit builds, in file order.
 * @param ground - its event is of that commit; `contents`: what its images are built from, by their ids
 */
export async function publishedStates(
  ground: QuestionGround & { readonly contents: ReadonlyMap<string, ImageContent>; readonly branch: string },
  openStore: (name: string) => ReadStore,
): Promise<readonly ImageState[]> {
  const { family, event, contents, branch } = ground;
  const images = publishedImages(family, event).filter(({ merged }) => merged);
  const keys = keysOfBuilt(contents, new Set(contents.keys()));
  const states = await askStates(ledgerQuestions(ground, images, branch, keys), openStore);
  return images.map((image) => {
    const { id } = image.group.identity;
    return { image, key: keys.get(id) ?? null, published: states.get(id), signed: null };
  });
}

/** States of images that a plan would publish again as they stand: only of those it asks who has signed them. */
const REPUBLISHED: readonly ReuseState[] = ["current", "incomplete"];

/**
 * The same with what cosign says of those that are what would be built. What is not signed by us is stale, as for a plan; of what
 * cosign cannot find out the state stays as it is, and `unknown` says why.
 */
export async function signedStates(
  states: readonly ImageState[],
  ask: AskSignatures,
): Promise<{ readonly states: readonly ImageState[]; readonly unknown: string | undefined }> {
  const references = new Map(
    states.map((state) => {
      const { published } = state;
      const asked = published !== undefined && REPUBLISHED.includes(published.state) ? referencesOf(published) : [];
      return [state, asked];
    }),
  );
  const found = await ask([...references.values()].flat());
  const judged = states.map((state): { readonly state: ImageState; readonly unknown?: string } => {
    const { published } = state;
    const own = (references.get(state) ?? []).map((reference) => ({ reference, is: found.get(reference) }));
    if (published === undefined || own.length === 0) return { state };
    const unsigned = own.find(({ is }) => is?.kind === "unsigned");
    if (unsigned !== undefined)
      return { state: { ...state, published: untrusted(published, unsigned, false), signed: false } };
    const other = own.find(({ is }) => is?.kind !== "signed");
    if (other === undefined) return { state: { ...state, signed: true } };
    return { state, unknown: untrusted(published, other, false).why };
  });
  return {
    states: judged.map(({ state }) => state),
    unknown: judged.find(({ unknown }) => unknown !== undefined)?.unknown,
  };
}
