import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { countOf } from "@fanfold-internal/kit/text/words";
import type { PublishedState } from "../reuse/published-state.ts";
import type { ImageState } from "../reuse/published-states.ts";

/** What registries do not say is said once for each registry and reason, and not of each image, whose name the reason may hold. */
export function unreadWarnings(states: readonly Pick<ImageState, "published">[]): readonly Diagnostic[] {
  const unread = states.flatMap(({ published }) => (published?.state === "unreadable" ? [published] : []));
  const reasonOf = ({ ledger, why, problem }: PublishedState): string =>
    problem?.code === undefined ? why : `${ledger.split("/", 1)[0]} ${problem.code}`;
  return [...Map.groupBy(unread, reasonOf).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        code: "published-unread",
        severity: "warning",
        message: `what is published of ${countOf(same.length, "image")} of ${states.length} cannot be read: ${first.ledger}: ${first.why}`,
        ...(first.problem?.fix === undefined ? {} : { fix: first.problem.fix }),
      } as const,
    ];
  });
}
