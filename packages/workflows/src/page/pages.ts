import type { Plan } from "../plan/plan.ts";
import type { PlannedLists } from "../plan/plan-outputs.ts";
import type { Replay } from "../replay/replay-document.ts";
import type { StatusDocument } from "../status/image-status.ts";
import { planView } from "./data/plan-view.ts";
import { renderPage } from "./page.ts";

export { pageFile } from "./page-file.ts";

/** What each push of a history would have built. */
export function replayPage(replay: Replay, now: Date): string {
  return renderPage(`Replay of ${replay.repository}`, { kind: "replay", made: now.toISOString(), replay });
}

/** What one event builds. `published`: what registries have said, in a line. */
export function planPage(plan: Plan, lists: PlannedLists, published: string | undefined, now: Date): string {
  const view = planView(plan, lists, published);
  return renderPage(`Plan of ${view.event}`, { kind: "plan", made: now.toISOString(), plan: view });
}

/** What is published of each image. */
export function statusPage(status: StatusDocument, now: Date): string {
  return renderPage(`Status of ${status.branch}`, { kind: "status", made: now.toISOString(), status });
}
