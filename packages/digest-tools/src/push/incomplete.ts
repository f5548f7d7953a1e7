import { DigestToolsError } from "../base/error.ts";
import type { GroupProblem } from "../base/group-problem.ts";
import type { Digest } from "../oci/descriptor.ts";
import type { TagOutcome } from "../publish/publish.ts";

/** What a push did before it ended, for whoever has to clear up or to try again. */
export function incompletePush(
  digest: Digest,
  repositories: readonly string[],
  outcomes: readonly TagOutcome[],
  problems: readonly GroupProblem[],
): DigestToolsError {
  const states = repositories.map((repository) => {
    const standing = outcomes.filter(
      (one) => one.repository === repository && (one.outcome === "set" || one.outcome === "unchanged"),
    );
    return `${repository}: ${standing.map(({ tag }) => tag.name).join(", ") || "none"}`;
  });
  const [first] = problems;
  return new DigestToolsError({
    code: first?.code ?? "rejected",
    message: "expected every tag to be set in every repository",
    problems: [
      {
        message: `${digest} was pushed by digest, but not under all its tags; nothing was recorded; tags set in ${states.join("; in ")}`,
        fix: "see to what failed, then push again: what is there already is left alone",
      },
      ...problems,
    ],
  });
}
