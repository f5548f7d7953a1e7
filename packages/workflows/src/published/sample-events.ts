import type { MetadataEvent } from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Config } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { type PublishedImage, publishedImages } from "./published-images.ts";
import { eachPlaceOnce, tagErrors } from "./tag-findings.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";

/** An event that nobody has seen yet, by which rules for tags can be tried. */
export function sampleEvent(ref: string, name = "push", defaultBranch = "main"): MetadataEvent {
  // A day like any other: what is found must not depend on when it was looked for.
  const day = new Date("2001-02-03T04:05:06Z");
  return {
    name,
    ref,
    sha: SHA,
    defaultBranch,
    baseRef: "",
    repository: { name: "", description: "", url: "", license: "" },
    commitDate: day,
    now: day,
    shortShaLength: 7,
  };
}

/** The images of a family as three events would publish them: a push to a branch, a schedule, a release. */
export function sampleImages(family: Family): readonly (readonly PublishedImage[])[] {
  return sampleEvents(family.config.config).map((event) => publishedImages(family, event));
}

/** What is wrong with the tags of a family, whatever the event; of images that cannot be planned anyway, nothing more is said. */
export function sampleTagErrors(family: Family): readonly Diagnostic[] {
  if (family.matrixFindings.some(({ severity }) => severity === "error")) return [];
  return eachPlaceOnce(sampleImages(family).flatMap((images) => tagErrors(images, family)));
}

function sampleEvents({ workflow }: Config): readonly MetadataEvent[] {
  const branch = workflow?.branches?.find((name) => /^[\w./-]+$/.test(name)) ?? "main";
  return [
    sampleEvent(`refs/heads/${branch}`, "push", branch),
    sampleEvent(`refs/heads/${branch}`, "schedule", branch),
    sampleEvent("refs/tags/v1.2.3", "push", branch),
  ];
}
