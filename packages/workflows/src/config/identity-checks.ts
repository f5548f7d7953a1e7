import { groupEntries } from "@fanfold/merge-matrix";
import { legsApart, platformTags } from "@fanfold/merge-matrix/internal";
import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { templateKeysOf, templateValue } from "@fanfold-internal/matrix/entry-values";
import { type EntryRef, entryRefs } from "@fanfold-internal/matrix/find-image";
import type { MatrixEntry, MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { renderTemplate, templateKeys } from "@fanfold-internal/matrix/template";
import type { LoadedConfig } from "./config.ts";
import type { FamilyIdentity } from "./identity.ts";
import { type ImageNameCode, repositoryFindings } from "./images.ts";

/** What is found when `images` and `group-by` of a config are filled with the values of entries. */
export const IDENTITY_CODES = {
  "unknown-image-key": "`images` or `group-by` names a key that no entry has.",
  "broken-image-key": "Braces in `images` hold what cannot be a key.",
  "leg-key-in-group-by": "`group-by` names a key in which the legs of one image differ, so no image would have two.",
  "no-image-value":
    "A `{key}` of `images` has no value in an entry, or one that is not text; or a key of `group-by` has a list or a mapping.",
  "legs-apart":
    "Two entries look like the legs of one image, and their keys name different repositories: two images of one leg each.",
  "too-many-entries": "A family has more entries than GitHub lists artifacts of one run, all attempts together.",
} as const;

export type IdentityFinding = Diagnostic<keyof typeof IDENTITY_CODES | ImageNameCode>;

/** GitHub lists at most 1,000 artifacts of a run: records, the plan, and those of repeated attempts. */
export const MAX_ENTRIES = 950;

/** Keys in which legs of one image differ, or may. */
const LEG_KEYS = ["platform-tag", "platforms", "runs-on", "artifact-name"];

/** Whether findings leave open which images there are: entries without a value would all seem to be one. */
export function hidesImages(findings: readonly IdentityFinding[]): boolean {
  return findings.some(({ code }) => code !== "legs-apart" && code !== "too-many-entries");
}

/** Whether every entry of a family has an image, and repositories for it. */
export function checkIdentity(
  config: LoadedConfig,
  matrix: MatrixFile,
  identity: FamilyIdentity,
): readonly IdentityFinding[] {
  const refs = entryRefs(matrix.lists);
  const keys = checkImageKeys(config, refs, identity);
  const groups = checkGroupKeys(config, matrix, refs, identity);
  // What follows from keys that nobody has says nothing more.
  const values = keys.length > 0 ? [] : checkRepositories(config, matrix, refs, identity);
  const found = [...keys, ...groups, ...values];
  return [...found, ...(found.length > 0 ? [] : checkLegsApart(matrix, identity)), ...checkCount(matrix, refs)];
}

function checkImageKeys(
  { place }: LoadedConfig,
  refs: readonly EntryRef[],
  { templates }: FamilyIdentity,
): readonly IdentityFinding[] {
  const known = templateKeysOf(refs.map(({ entry }) => entry));
  return templates.flatMap((template, index): readonly IdentityFinding[] => {
    const at = place(["images", index]);
    // An expression of metadata or of GitHub names no value of an entry.
    const doubled = /\$?\{\{.*?\}\}/.exec(template.source)?.[0];
    const found = [...template.broken.map(({ text }) => text), ...(doubled === undefined ? [] : [doubled])];
    const broken = found.map(
      (text): IdentityFinding => ({
        code: "broken-image-key",
        severity: "error",
        message: `${text} is not a placeholder`,
        at,
        fix: "a placeholder is a key of entries in single braces: {image}, {base-image}",
      }),
    );
    return broken.length > 0 ? broken : templateKeys(template).flatMap((key) => unknownKey(key, known, at));
  });
}

function checkGroupKeys(
  { place }: LoadedConfig,
  matrix: MatrixFile,
  refs: readonly EntryRef[],
  { groupKeys }: FamilyIdentity,
): readonly IdentityFinding[] {
  const known = templateKeysOf(refs.map(({ entry }) => entry));
  return groupKeys.flatMap((key, index): readonly IdentityFinding[] => {
    const at = place(["group-by", index]);
    if (!LEG_KEYS.includes(key)) {
      const compound = refs.filter(({ entry }) => typeof entry[key] === "object" && entry[key] !== null);
      return compound.length > 0
        ? compound.slice(0, 1).map((ref) => compoundValue(ref, key, matrix))
        : unknownKey(key, known, at);
    }
    const message = `legs of one image differ in ${key}: each would be an image of its own`;
    return [{ code: "leg-key-in-group-by", severity: "error", message, at, fix: "name keys that all legs share" }];
  });
}

/** Lists and mappings would count as no value, and images that differ in them as one. */
function compoundValue({ list, index, entry }: EntryRef, key: string, matrix: MatrixFile): IdentityFinding {
  return {
    code: "no-image-value",
    severity: "error",
    message: `${list}[${index}]: group-by needs a text for ${key}, found ${JSON.stringify(entry[key]).slice(0, 80)}`,
    at: matrix.place(list, index, key),
    fix: `give ${key} one text, or leave it out of group-by`,
  };
}

function unknownKey(key: string, known: ReadonlySet<string>, at: Place): readonly IdentityFinding[] {
  // An empty matrix knows no key, and proves none wrong.
  if (known.size === 0 || known.has(key)) return [];
  return [
    {
      code: "unknown-image-key",
      severity: "error",
      message: `no entry has the key ${JSON.stringify(key)}${didYouMean(key, known)}`,
      at,
      fix: "name a key of the matrix file's entries",
    },
  ];
}

/** What each entry makes of the templates: one finding for each text, at the first entry that makes it. */
function checkRepositories(
  config: LoadedConfig,
  matrix: MatrixFile,
  refs: readonly EntryRef[],
  { templates }: FamilyIdentity,
): readonly IdentityFinding[] {
  return templates.flatMap((template, index): readonly IdentityFinding[] => {
    const at = config.place(["images", index]);
    const [firstKey] = templateKeys(template);
    if (firstKey === undefined) return template.broken.length > 0 ? [] : repositoryFindings(template.source, at);
    // What is wrong whatever stands there is wrong where it is written.
    const itself = repositoryFindings(renderTemplate(template, () => "x") ?? "", at);
    if (itself.length > 0) return itself.map((finding) => about(finding, template));
    const seen = new Set<string>();
    return refs.flatMap(({ list, index: position, entry }): readonly IdentityFinding[] => {
      const missing = templateKeys(template).find((key) => templateValue(entry, key) === undefined);
      if (missing !== undefined) {
        const found = Object.hasOwn(entry, missing) ? JSON.stringify(entry[missing]).slice(0, 80) : "nothing";
        return [
          {
            code: "no-image-value",
            severity: "error",
            message: `${list}[${position}]: images needs a text for {${missing}}, found ${found}`,
            at: Object.hasOwn(entry, missing) ? matrix.place(list, position, missing) : matrix.place(list, position),
            fix: valueFix(entry, missing),
          },
        ];
      }
      const text = renderTemplate(template, (key) => templateValue(entry, key)) ?? "";
      if (seen.has(text)) return [];
      seen.add(text);
      const key = Object.hasOwn(entry, firstKey) ? firstKey : "backend";
      return repositoryFindings(text, matrix.place(list, position, key)).map((finding) => about(finding, template));
    });
  });
}

function valueFix(entry: MatrixEntry, key: string): string {
  if (Object.hasOwn(entry, key)) return `give ${key} one text that is not empty`;
  return key === "image" ? "give the entry the key image, or backend" : `give the entry the key ${key}`;
}

function about(finding: IdentityFinding, { source }: FamilyIdentity["templates"][number]): IdentityFinding {
  return { ...finding, message: `${finding.message} (${JSON.stringify(source)} in images)` };
}

/** A slip in a key of `images` sends what was meant as a leg of one image to repositories of its own. */
function checkLegsApart(
  matrix: MatrixFile,
  { identify, imageKeys, groupKeys, repositoriesOf }: FamilyIdentity,
): readonly IdentityFinding[] {
  const differing = (keys: readonly string[], one: MatrixEntry, other: MatrixEntry): string | undefined =>
    keys.find((key) => templateValue(one, key) !== templateValue(other, key));
  return matrix.lists.flatMap(({ name, entries }) =>
    legsApart(
      groupEntries(entries, identify),
      (one, other) => differing(imageKeys, one, other) !== undefined && differing(groupKeys, one, other) === undefined,
    ).map(({ single, other }): IdentityFinding => {
      const [here, there] = [single.legs[0], other.legs[0]];
      const key = differing(imageKeys, here.entry, there.entry) ?? "";
      return {
        code: "legs-apart",
        severity: "error",
        message: `${name}[${there.index}] (${platformTags(other)}) and ${name}[${here.index}] (${here.platformTag}) look like legs of one image, and go to ${repositoriesOf(there.entry).join(", ")} and to ${repositoriesOf(here.entry).join(", ")}`,
        at: matrix.place(name, here.index, Object.hasOwn(here.entry, key) ? key : "backend"),
        fix: "give both the same values, or remove platform-tag from images of one leg",
      };
    }),
  );
}

function checkCount({ file }: MatrixFile, refs: readonly EntryRef[]): readonly IdentityFinding[] {
  if (refs.length <= MAX_ENTRIES) return [];
  return [
    {
      code: "too-many-entries",
      severity: "error",
      message: `${refs.length} entries; a family has at most ${MAX_ENTRIES}, because GitHub lists 1,000 artifacts of a run, all attempts together`,
      at: { file },
      fix: "move some of them to a second config, .github/fanfold.<name>.yml, with a matrix file of its own",
    },
  ];
}
