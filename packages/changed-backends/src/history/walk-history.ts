import type { ChangedFile } from "../base/diff.ts";
import type { Checkout } from "../git/checkout.ts";
import type { GitAccess } from "../git/git-command.ts";
import type { HistoryLog } from "../git/history-log.ts";
import { emptyTreeOf, type TreeChange, type TreePair, treeDiffs } from "../git/tree-diffs.ts";
import type { HistoryPush } from "./pushes.ts";

/** A push with what it changed. */
export interface WalkedPush {
  readonly push: HistoryPush;
  /** `absent`: the clone does not have the commit. */
  readonly tree: "present" | "absent";
  /** Undefined: the clone does not have what it is compared with. */
  readonly changes: readonly TreeChange[] | undefined;
  /** From the tree of the push before to this one's; of the first one, from an empty tree. Empty where nobody asked for it. */
  readonly step: readonly TreeChange[];
}

/** Which trees are compared for a push. */
interface Comparisons {
  readonly push: HistoryPush;
  readonly after: string | undefined;
  readonly changes: TreePair | undefined;
  readonly step: TreePair | "changes" | undefined;
}

/**
 * Goes through pushes from the oldest to the newest, with what each changed, in one run of git. `followed`: trees are followed,
 * too.
 *
 * @throws ChangedBackendsError `git-refused`
 */
export async function* walkHistory(
  pushes: readonly HistoryPush[],
  log: HistoryLog,
  {
    checkout,
    access,
    followed,
  }: { readonly checkout: Checkout; readonly access: GitAccess; readonly followed: boolean },
): AsyncGenerator<WalkedPush, void, void> {
  const steps = comparisons(pushes.toReversed(), log, emptyTreeOf(checkout), followed);
  const pairs = steps.flatMap(({ changes, step }) => [
    ...(changes === undefined ? [] : [changes]),
    ...(step === undefined || step === "changes" ? [] : [step]),
  ]);
  const diffs = treeDiffs(pairs, checkout, access);
  const next = async (): Promise<readonly TreeChange[]> => {
    const { value } = await diffs.next();
    return value ?? [];
  };
  try {
    for (const { push, after, changes, step } of steps) {
      const changed = changes === undefined ? undefined : await next();
      const stepped = step === "changes" ? (changed ?? []) : step === undefined ? [] : await next();
      yield { push, tree: after === undefined ? "absent" : "present", changes: changed, step: stepped };
    }
    // What git has to say at its end.
    await diffs.next();
  } finally {
    await diffs.return();
  }
}

function comparisons(
  pushes: readonly HistoryPush[],
  { commits }: HistoryLog,
  nothing: string,
  followed: boolean,
): readonly Comparisons[] {
  let at = nothing;
  return pushes.map((push) => {
    const after = commits.get(push.sha)?.tree;
    const before = push.before === null ? nothing : commits.get(push.before)?.tree;
    const changes: TreePair | undefined = after === undefined || before === undefined ? undefined : [before, after];
    if (!followed || after === undefined) return { push, after, changes, step: undefined };
    const step = at === before ? "changes" : ([at, after] as const);
    at = after;
    return { push, after, changes, step };
  });
}

export function changedFiles(changes: readonly TreeChange[]): readonly ChangedFile[] {
  return changes.map(({ path, status }) => ({ path, previousPath: null, status }));
}
