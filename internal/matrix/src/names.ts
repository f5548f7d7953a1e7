import { createHash } from "node:crypto";

// https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts
// and control characters, which no file system and no log wants.
const FORBIDDEN = /["<>:|*?\\/\u0000-\u001f\u007f]/g;
const MAX_UPLOADED = 256;
/** The attempt that an uploaded name ends in: `-` and at most five digits, far more than GitHub counts. */
const MAX_LENGTH = MAX_UPLOADED - "-99999".length;
const ATTEMPT = /^(?<name>.+)-(?<attempt>[1-9]\d{0,4})$/s;

/**
 * The name under which a build job leaves its record: `digests[-<image>]<tag-suffix>--<platform-tag>`, with the part that an
 * image's identity has in it, `-core` for an empty suffix and `single` for an entry without a platform tag. A name that the
 * artifact service would refuse is made safe and ends in a hash of what it stands for, so that two names that differ stay
 * different.
 */
export function artifactName(imagePart: string, tagSuffix: string, platformTag: string | undefined): string {
  const image = imagePart === "" ? "" : `-${imagePart}`;
  const name = `digests${image}${tagSuffix === "" ? "-core" : tagSuffix}--${platformTag === undefined || platformTag === "" ? "single" : platformTag}`;
  const safe = name.replace(FORBIDDEN, "-");
  if (safe === name && [...name].length <= MAX_LENGTH) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 12);
  return `${[...safe].slice(0, MAX_LENGTH - hash.length - 1).join("")}-${hash}`;
}

/**
 * The name under which one attempt of a run uploads an artifact. An attempt that overwrote the artifact of the one before
 * would leave it to GitHub which of the two a download gets.
 */
export function uploadedName(artifact: string, attempt: number): string {
  return `${artifact}-${attempt}`;
}

/** What an uploaded name may stand for. */
export interface UploadedArtifact {
  /** As it was found: the folder's name. */
  readonly uploaded: string;
  /** Undefined: uploaded without an attempt. */
  readonly attempt: number | undefined;
}

/**
 * The one way from uploaded names to an artifact: those that are its name exactly, with or without `-<attempt>`; the
 * highest attempt first, the name without one last. Nothing else is stripped, so that no artifact is taken for another
 * whose name it begins with.
 */
export function uploadsOf(artifact: string, uploaded: Iterable<string>): readonly UploadedArtifact[] {
  const found: UploadedArtifact[] = [];
  for (const name of uploaded) {
    if (name === artifact) found.push({ uploaded: name, attempt: undefined });
    else if (artifactOfUpload(name) === artifact)
      found.push({ uploaded: name, attempt: Number(ATTEMPT.exec(name)?.groups?.["attempt"]) });
  }
  return found.toSorted((left, right) => (right.attempt ?? 0) - (left.attempt ?? 0));
}

/** The artifact's name within an uploaded one that ends in an attempt; any other name is the artifact's own. */
export function artifactOfUpload(uploaded: string): string {
  return ATTEMPT.exec(uploaded)?.groups?.["name"] ?? uploaded;
}

/**
 * Pairs of artifacts of which one's upload would be taken for the other's: a name that is another's and `-<digits>`.
 */
export function ambiguousArtifacts(names: Iterable<string>): readonly (readonly [name: string, other: string])[] {
  const all = new Set(names);
  return [...all].flatMap((name): readonly (readonly [string, string])[] => {
    const other = artifactOfUpload(name);
    return other !== name && all.has(other) ? [[name, other]] : [];
  });
}

/** Whatever no tag can hold becomes a dash, as in docker/metadata-action. */
export function sanitizeTag(text: string): string {
  return text.replace(/[^a-zA-Z0-9._-]+/g, "-");
}

/**
 * The part that a list's name has in the names of outputs: none for `include`, `darwin` for `includeDarwin`, `foo-bar` for
 * `includeFooBar`.
 */
export function listOutputPart(list: string): string {
  return list
    .replace(/^include/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();
}

/** `matrix` and `darwin` make `matrix-darwin`; a list without a part leaves the name as it is. */
export function withPart(name: string, part: string): string {
  return part === "" ? name : `${name}-${part}`;
}
