/** What is found about images that are built from images of the same family, and what it means. */
export const BASE_CODES = {
  "ambiguous-base": "A Dockerfile names an image that several images of the family could be.",
  "base-cycle": "Images are built from each other, so that none of them can be the first.",
  "base-itself": "A Dockerfile names the image that is built from it: it is taken as it was published last.",
  "base-named-as-stage":
    "A base and a stage of the Dockerfile have one name, so that the base of this run cannot be handed over.",
  "base-pinned":
    "A Dockerfile names an image of the family by a digest, or by a tag that the default branch does not give: it is taken as published.",
  "base-platform": "An image is built for a platform that what it is built from is not built for.",
  "base-unknown": "What a Dockerfile stands on holds a value that nobody knows, and may be an image of the family.",
  "bases-unread":
    "A Dockerfile could not be read, or git does not track it: its image is built whenever another one of the family is.",
  "missing-wave": "Images are built in a wave that the workflow has no jobs for, or not enough.",
  "needs-elsewhere": "An entry of another list than `include` has `needs`, where Fanfold builds nothing.",
  "too-many-waves": "Images stand on each other in a longer chain than a workflow has waves for.",
  "unknown-need": "`needs` names no image, or several.",
  "unknown-target": "A value `target:…` of `contexts` names no other image.",
  "unnamed-base":
    "`needs` names an image that no line of the Dockerfile names: it is built before, and not handed over.",
} as const;

export type BaseCode = keyof typeof BASE_CODES;
