import { parseReference } from "@fanfold/digest-tools/internal";
import { isFanfoldError, type Problem } from "@fanfold-internal/kit/process/errors";
import type { LoadedConfig } from "./config.ts";
import { fullImageName, imageNameFlaw } from "./image-name.ts";

/** Images of a config that are no names of repositories: what `check` and `generate` both say of them. */
export function imageProblems({ config, place }: LoadedConfig): readonly Problem[] {
  return (config.images ?? []).flatMap((image, index) =>
    repositoryProblems(image).map((problem) => ({ ...problem, at: place(["images", index]) })),
  );
}

/** Why a text is no name of a repository. */
export function repositoryProblems(name: string): readonly Omit<Problem, "at">[] {
  try {
    const { tag, digest } = parseReference(name);
    if (tag !== undefined || digest !== undefined) {
      const message = `${JSON.stringify(name)} names one image`;
      return [{ message, fix: "name the repository, without tag or digest" }];
    }
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    return error.problems.map(({ message, fix }) => ({ message, fix }));
  }
  if (fullImageName(name) !== undefined) return [];
  const message = `${JSON.stringify(name)} ${imageNameFlaw(name)}`;
  return [{ message, fix: "write registry/path in small letters, as in ghcr.io/owner/name" }];
}
