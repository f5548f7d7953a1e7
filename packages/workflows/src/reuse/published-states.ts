import type { ReadStore } from "@fanfold/digest-tools/internal";
import { type ImageContent, keysOfBuilt } from "../content/image-content.ts";
import { type PublishedImage, publishedImages } from "../published/published-images.ts";
import { askStates } from "./ask-states.ts";
import type { PublishedState } from "./published-state.ts";
import { ledgerQuestions, type QuestionGround } from "./questions.ts";

/** An image that the merge publishes, and what a branch has published of it. */
export interface ImageState {
  readonly image: PublishedImage;
  /** The key of what the commit would build; null: not known. */
  readonly key: string | null;
  /** Undefined: there is no tag or repository by which that could be known. */
  readonly published: PublishedState | undefined;
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
    return { image, key: keys.get(id) ?? null, published: states.get(id) };
  });
}
