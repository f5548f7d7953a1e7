/** A package's changelog, as changesets write it. */
export interface Changelog {
  readonly name: string;
  readonly text: string;
}

const KINDS = ["Major Changes", "Minor Changes", "Patch Changes"];

/** GitHub takes 125,000 characters; some are left for what stands around the notes. */
const MAX_CHARACTERS = 120_000;

/**
 * The notes of one version, from the changelogs of all packages: each change once, with the packages that it is of. What only
 * says that a sibling has a new version is left out, since all have it.
 */
export function releaseNotes(version: string, changelogs: readonly Changelog[]): string {
  const found = changelogs.flatMap(({ name, text }) => changesOf(version, text).map((change) => ({ name, ...change })));
  const lines = KINDS.flatMap((kind) => {
    const texts = new Map<string, readonly string[]>();
    for (const change of found.filter((each) => each.kind === kind)) {
      texts.set(change.text, [...(texts.get(change.text) ?? []), change.name]);
    }
    const items = [...texts].map(
      ([text, names]) => `- ${text}\n\n  (${names.map((name) => `\`${name}\``).join(", ")})`,
    );
    return items.length === 0 ? [] : [`## ${kind}`, ...items];
  });
  const notes = lines.join("\n\n");
  if (notes.length <= MAX_CHARACTERS) return notes;
  const kept = notes.slice(0, notes.lastIndexOf("\n\n- ", MAX_CHARACTERS));
  return `${kept}\n\nThe rest is in the changelogs of the packages.`;
}

function changesOf(version: string, text: string): readonly { readonly kind: string; readonly text: string }[] {
  const [, section = ""] =
    text
      .split(/^## /m)
      .find((part) => part.startsWith(`${version}\n`))
      ?.split(`${version}\n`) ?? [];
  return section.split(/^### /m).flatMap((part) => {
    const [kind = "", ...rest] = part.split("\n");
    const items = rest.join("\n").split(/^- /m).slice(1);
    return (
      items
        // The hash is that of a commit: what a reader wants is the change.
        .map((item) => item.trim().replace(/^[0-9a-f]{7,}: /, ""))
        .filter((item) => !item.startsWith("Updated dependencies") && !/^@fanfold\/\S+@\S+$/.test(item))
        .map((item) => ({ kind: kind.trim(), text: item }))
    );
  });
}
