import { parseReference } from "@fanfold/digest-tools/planning";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";

/** What is found about names of repositories. */
export const IMAGE_NAME_CODES = {
  "bad-image-name": "A text does not name a repository of a registry, by the grammar of Docker's references.",
  "image-with-tag": "A repository is named with a tag or a digest, which the plan adds.",
} as const;

export type ImageNameCode = keyof typeof IMAGE_NAME_CODES;

/**
 * A repository's full name (`docker.io/library/x` for `x`), the same for all ways to write it; undefined: the text does
 * not name a repository.
 */
export function repositoryName(text: string): string | undefined {
  const read = readName(text);
  return read.kind === "name" ? read.name : undefined;
}

/** What is wrong with the name of a repository that stands at a place. */
export function repositoryFindings(text: string, at: Diagnostic["at"]): readonly Diagnostic<ImageNameCode>[] {
  const read = readName(text);
  return read.kind === "name" ? [] : read.findings.map((finding) => ({ ...finding, severity: "error", at }));
}

type ReadName =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "refused"; readonly findings: readonly Omit<Diagnostic<ImageNameCode>, "severity" | "at">[] };

function readName(text: string): ReadName {
  try {
    const { registry, path, tag, digest } = parseReference(text);
    if (tag === undefined && digest === undefined) return { kind: "name", name: `${registry.toLowerCase()}/${path}` };
    const message = `${JSON.stringify(text)} has a ${digest === undefined ? "tag" : "digest"}, which the plan adds`;
    const fix = "name the repository alone, as in ghcr.io/owner/name";
    return { kind: "refused", findings: [{ code: "image-with-tag", message, fix }] };
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    const otherwise = "write registry/path in small letters, as in ghcr.io/owner/name";
    const findings = error.diagnostics.map(
      ({ message, fix = otherwise }) => ({ code: "bad-image-name", message, fix }) as const,
    );
    return { kind: "refused", findings };
  }
}
