import type { Checkout } from "../git/checkout.ts";
import type { GitAccess } from "../git/git-command.ts";
import { readHistoryLog } from "../git/history-log.ts";
import { groupPushes } from "./pushes.ts";
import { walkHistory } from "./walk-history.ts";

/**
 * Paths that each of the last commits changed along first parents, the newest first, as far as the clone has them and what was
 * before them.
 *
 * @throws ChangedBackendsError `unknown-revision`, `git-refused`
 */
export async function recentChanges(
  checkout: Checkout,
  access: GitAccess,
  last: number,
): Promise<readonly (readonly string[])[]> {
  const log = await readHistoryLog(checkout, access, { last: last + 1 });
  const { pushes } = groupPushes(log, [], { last });
  const compared = pushes.filter(({ before }) => before !== null);
  const found: (readonly string[])[] = [];
  for await (const { changes = [] } of walkHistory(compared, log, { checkout, access, followed: false })) {
    found.push(changes.map(({ path }) => path));
  }
  return found.reverse();
}
