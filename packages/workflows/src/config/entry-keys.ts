import type { Metadata } from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isSlipOf } from "@fanfold-internal/kit/read/nearest";
import type { MatrixEntry, MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { parseTemplate, templateKeys } from "@fanfold-internal/matrix/template";
import { ATTRIBUTES } from "../keys/build-keys.ts";
import { buildTexts } from "../keys/build-texts.ts";
import { foreignKeyFix } from "../keys/foreign-keys.ts";
import type { Config } from "./config.ts";

/** What is found about the names of an entry's keys. */
export const ENTRY_KEY_CODES = {
  "misspelt-key":
    "A key of an entry is almost one that Fanfold reads (`runs_on`), and nothing else uses it, so its value would not count.",
  "foreign-key":
    "A key of an entry, or of `build`, means something to docker/build-push-action or Compose (`file`, `tags`), and not here, so its value would not count.",
} as const;

export type EntryKeyCode = keyof typeof ENTRY_KEY_CODES;

/** Keys of an entry that Fanfold reads. */
const KNOWN: readonly string[] = [
  "backend",
  "image",
  "tag-suffix",
  "tag-latest",
  "platforms",
  "platform-tag",
  "runs-on",
  "paths",
  "needs",
  "pull-requests",
  ...Object.keys(ATTRIBUTES),
];

/**
 * Keys of a list's entries that neither Fanfold nor any rule or text of the config uses, with the entries that have them; but
 * for those that `checkEntryKeys` refuses.
 */
export function unusedKeys(
  config: Config,
  metadata: Metadata,
  entries: readonly MatrixEntry[],
): ReadonlyMap<string, readonly number[]> {
  const used = new Set([...KNOWN, ...usedKeys(config), ...metadata.keys.map(({ key }) => key)]);
  const unused = new Map<string, number[]>();
  for (const [index, entry] of entries.entries()) {
    const keys = Object.keys(entry);
    const faulty = new Set(faultsOf(keys, used, true).map(({ key }) => key));
    for (const key of keys) {
      if (!used.has(key) && !faulty.has(key)) unused.set(key, [...(unused.get(key) ?? []), index]);
    }
  }
  return unused;
}

/** Keys of an entry that Fanfold could have been meant to read, where no rule and no template uses them. */
export function checkEntryKeys(
  config: Config,
  matrix: MatrixFile,
  metadata: Metadata,
): readonly Diagnostic<EntryKeyCode>[] {
  const used = new Set([...usedKeys(config), ...metadata.keys.map(({ key }) => key)]);
  const generates = config.images !== undefined || config.workflow !== undefined;
  // Entries of a list mostly have the same keys, and there may be hundreds.
  const shapes = new Map<string, readonly KeyFault[]>();
  return matrix.lists.flatMap(({ name, entries }) =>
    entries.flatMap((entry, index) => {
      const keys = Object.keys(entry);
      const shape = JSON.stringify([name, keys]);
      const faults = shapes.get(shape) ?? faultsOf(keys, used, generates && name === "include");
      shapes.set(shape, faults);
      return faults.map(
        ({ code, key, message, fix }): Diagnostic<EntryKeyCode> => ({
          code,
          severity: "error",
          message: `${name}[${index}]: the key ${JSON.stringify(key)} ${message}`,
          at: matrix.place(name, index, key),
          fix,
        }),
      );
    }),
  );
}

interface KeyFault {
  readonly code: EntryKeyCode;
  readonly key: string;
  /** What is said of the key. */
  readonly message: string;
  readonly fix: string;
}

function faultsOf(keys: readonly string[], used: ReadonlySet<string>, built: boolean): readonly KeyFault[] {
  return keys.flatMap((key): readonly KeyFault[] => {
    if (KNOWN.includes(key) || used.has(key)) return [];
    const meant = meantKey(key, keys);
    if (meant !== undefined) {
      const message = `is not ${JSON.stringify(meant)}, and nothing uses it`;
      return [{ code: "misspelt-key", key, message, fix: `write ${meant}, or remove it` }];
    }
    const here = built ? foreignKeyFix(key) : undefined;
    return here === undefined ? [] : [{ code: "foreign-key", key, message: "has no meaning here", fix: here }];
  });
}

/** The known key that another is a misspelling of: other separators, or a letter or two. */
function meantKey(key: string, present: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[-_ ]/g, "");
  const absent = KNOWN.filter((known) => !present.includes(known));
  const same = absent.find((known) => plain(known) === plain(key));
  // Short words have too many neighbours.
  if (same !== undefined || key.length < 7 || foreignKeyFix(key) !== undefined) return same;
  return absent.find((known) => isSlipOf(key, known));
}

/** Keys that rules and templates name. */
function usedKeys({
  inputs,
  images = [],
  "group-by": groupBy = [],
  build,
  workflow = {},
}: Config): ReadonlySet<string> {
  const conditions = inputs.flatMap(({ when = {}, unless = {} }) => [...Object.keys(when), ...Object.keys(unless)]);
  const called = Object.values(workflow.lists ?? {}).flatMap((list) => Object.values(list.with ?? {}));
  const templates = [
    ...images,
    ...inputs.flatMap(({ paths, except = [] }) => [...paths, ...except]),
    ...buildTexts(build).map(({ text }) => text),
    ...called.map(String),
  ];
  return new Set([...conditions, ...groupBy, ...templates.flatMap((text) => templateKeys(parseTemplate(text)))]);
}
