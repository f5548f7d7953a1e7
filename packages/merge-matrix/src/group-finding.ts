import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Group, Leg } from "./group.ts";

/** What checking images finds, and what it means. */
export const GROUP_CODES = {
  "tag-latest-differs": "Legs of one image differ in `tag-latest`; the first leg's value wins.",
  "duplicate-platform": "Two legs of one image build the same platform, and an index holds one image for each.",
  "missing-platform-tag": "Several entries share an image, and one of them has no `platform-tag`.",
  "lone-leg": "The only entry of an image has a `platform-tag`: a leg of it may be missing.",
  "several-platforms-in-leg": "A leg of an image builds several platforms; each needs a leg of its own.",
  "unknown-platform": "`platforms` is missing in a leg, or does not have the form `os/architecture[/variant]`.",
  "platform-not-known":
    "`platforms` names a system or an architecture that nobody knows; an error where one letter makes it a known one.",
  "platform-tag-mismatch": "A `platform-tag` names another architecture than the entry's `platforms`.",
  "suffix-without-dash": "A `tag-suffix` does not begin with a dash, and so runs into the tag before it.",
  "tag-too-long": "A `tag-suffix` or `platform-tag` makes tags of more than 128 characters, which no registry takes.",
  "reserved-suffix":
    "A `tag-suffix` would make two artifact names equal: it holds `--`, ends in `-`, or is `-core` beside an empty one.",
  "duplicate-artifact": "Two entries would leave their records under one artifact name.",
} as const;

/** What is found about the keys that tell images apart. */
export const KEY_CODES = {
  "suffixes-alike":
    "The suffixes of two images differ only in what no tag can hold, so that their tags would be the same.",
  "legs-apart":
    "Entries of one backend look like the legs of one image, and what tells images apart makes two images of them.",
} as const;

/** The codes of what `checkGroups` finds; each has an example in docs/checks.md. */
export type GroupCode = keyof typeof GROUP_CODES;

/** A finding about an image: an error makes its merge unsafe, a warning is probably a slip. */
export interface GroupDiagnostic<Code extends string = GroupCode> extends Diagnostic<Code> {
  readonly severity: "error" | "warning";
  readonly fix: string;
  /** The image's name. */
  readonly image: string;
  /** Index of the entry to look at. */
  readonly entry: number;
  /** The key of that entry it is about. */
  readonly key: string;
}

export const quote = (value: string): string => JSON.stringify(value);

export const title = ({ identity }: Group): string => `image ${quote(identity.name)}`;

/** What a finding about a leg of an image says besides its code and words. */
export function about(group: Group, leg: Leg, key: string): Pick<GroupDiagnostic, "image" | "entry" | "key"> {
  return { image: group.identity.name, entry: leg.index, key };
}
