import { readFile } from "node:fs/promises";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { DigestToolsError, problem } from "../base/error.ts";
import type { Digest } from "../oci/descriptor.ts";
import { readDocument } from "../oci/descriptor-json.ts";
import { isDigest } from "../oci/digest.ts";
import type { TagOutcome } from "../publish/publish.ts";

const NO_IMAGE = "the build must end in an image: leave out --print, --check and --call";

/**
 * The digest that a build has pushed, from the metadata file that docker wrote. `target`: of bake, which writes one object
 * for each target. @throws DigestToolsError `build-failed`
 */
export async function readBuiltDigest(file: string, target?: string): Promise<Digest> {
  const source = { at: { file: "docker's metadata file" }, code: "build-failed", fix: NO_IMAGE } as const;
  const metadata = readDocument(await readMetadata(file), source);
  const digest = (target === undefined ? metadata : metadata.at(target)).at("containerimage.digest");
  const text = digest.text();
  if (!isDigest(text)) throw digest.expected("the digest of the image");
  return text;
}

async function readMetadata(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new DigestToolsError({
      code: "build-failed",
      message: "docker buildx wrote no metadata file",
      fix: NO_IMAGE,
      cause,
    });
  }
}

/** What a push did before it failed, for whoever has to clean up or to try again. */
export function incompletePush(
  digest: Digest,
  repositories: readonly string[],
  outcomes: readonly TagOutcome[],
  problems: readonly Diagnostic[],
): DigestToolsError {
  const states = repositories.map((repository) => {
    const standing = outcomes.filter(
      (one) => one.repository === repository && (one.outcome === "set" || one.outcome === "unchanged"),
    );
    return `${repository}: ${standing.map(({ tag }) => tag.name).join(", ") || "none"}`;
  });
  return new DigestToolsError({
    code: "rejected",
    message: "expected every tag to be set in every repository",
    problems: [
      problem("rejected", {
        message: `${digest} was pushed by digest, but not under all its tags; nothing was recorded; tags set in ${states.join("; in ")}`,
        fix: "mend what failed, then push again: what exists already is left alone",
      }),
      ...problems,
    ],
  });
}
