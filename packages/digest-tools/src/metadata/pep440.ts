/** A version as PEP 440 defines it (https://peps.python.org/pep-0440/#appendix-b-parsing-version-strings-with-regular-expressions). */
export interface Pep440Version {
  /** The normal form: `1.2.3rc2.post1` */
  readonly clean: string;
  readonly release: readonly number[];
  /** Neither a pre-, post- nor development release. */
  readonly final: boolean;
}

const PATTERN =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/i;

const PRE: Readonly<Record<string, string>> = { alpha: "a", a: "a", beta: "b", b: "b" };

/** Undefined: not a version. */
export function parsePep440(text: string): Pep440Version | undefined {
  const match = PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [, epoch, release = "", pre, preNumber, implicitPost, post, postNumber, dev, devNumber, local] = match;
  const numbers = release.split(".").map(Number);
  const parts = [
    epoch === undefined || Number(epoch) === 0 ? "" : `${Number(epoch)}!`,
    numbers.join("."),
    pre === undefined ? "" : `${PRE[pre.toLowerCase()] ?? "rc"}${Number(preNumber)}`,
    implicitPost !== undefined
      ? `.post${Number(implicitPost)}`
      : post === undefined
        ? ""
        : `.post${Number(postNumber)}`,
    dev === undefined ? "" : `.dev${Number(devNumber)}`,
    local === undefined ? "" : `+${local.toLowerCase().split(/[-_.]/).map(localPart).join(".")}`,
  ];
  return {
    clean: parts.join(""),
    release: numbers,
    final: pre === undefined && implicitPost === undefined && post === undefined && dev === undefined,
  };
}

function localPart(part: string): string {
  return /^\d+$/.test(part) ? String(Number(part)) : part;
}
