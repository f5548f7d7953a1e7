import type { Replay } from "../../replay/replay-document.ts";
import type { StatusDocument } from "../../status/image-status.ts";
import type { PlanView } from "./plan-view.ts";

/** What a page holds as JSON and shows. */
export type PageData = ReplayData | PlanData | StatusData;

interface Made {
  /** When the page was made, in ISO 8601; ages are counted to then. */
  readonly made: string;
}

export interface ReplayData extends Made {
  readonly kind: "replay";
  readonly replay: Replay;
}

export interface PlanData extends Made {
  readonly kind: "plan";
  readonly plan: PlanView;
}

export interface StatusData extends Made {
  readonly kind: "status";
  readonly status: StatusDocument;
}
