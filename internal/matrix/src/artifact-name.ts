import { createHash } from "node:crypto";

// https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts
// and control characters, which no file system and no log wants.
const FORBIDDEN = /["<>:|*?\\/\u0000-\u001f\u007f]/g;
const MAX_LENGTH = 256;

/**
 * The name under which a build job leaves its record: `digests<tag-suffix>--<platform-tag>`, with `-core` for an empty
 * suffix and `single` for an entry without a platform tag. A name that the artifact service would refuse is made safe and
 * ends in a hash of what it stands for, so that two names that differ stay different.
 */
export function artifactName(tagSuffix: string, platformTag: string | undefined): string {
  const name = `digests${tagSuffix === "" ? "-core" : tagSuffix}--${platformTag === undefined || platformTag === "" ? "single" : platformTag}`;
  const safe = name.replace(FORBIDDEN, "-");
  if (safe === name && [...name].length <= MAX_LENGTH) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 12);
  return `${[...safe].slice(0, MAX_LENGTH - hash.length - 1).join("")}-${hash}`;
}
