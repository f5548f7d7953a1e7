import type { ComparisonRequest } from "@fanfold/changed-backends";
import type { Config } from "../config/config.ts";
import type { ReuseEvent } from "./decide.ts";
import type { ReuseSetting } from "./reuse-setting.ts";

/** What an event means for reuse, and the branch whose tags say what is published. Undefined: nothing is built anyway. */
export function reuseEvent(
  { event, comparison }: Pick<ComparisonRequest, "event" | "comparison">,
  { scheduleStale }: ReuseSetting,
  { workflow }: Config,
): { readonly kind: ReuseEvent; readonly branch: string } | undefined {
  if (comparison.kind === "nothing") return undefined;
  const [written = "main"] = (workflow?.branches ?? []).filter((name) => /^[\w./-]+$/.test(name));
  const usual = event.defaultBranch ?? written;
  const [, own = usual] = /^refs\/heads\/(.+)$/s.exec(event.ref ?? "") ?? [];
  if (comparison.kind === "everything") {
    switch (comparison.reason) {
      case "scheduled":
        return { kind: scheduleStale ? "stale-schedule" : "forced", branch: own };
      case "tag":
      case "released":
        return { kind: "release", branch: usual };
      case "zero-base":
        return { kind: "push", branch: own };
      default:
        return { kind: "forced", branch: own };
    }
  }
  if ("branch" in comparison) return { kind: "proposal", branch: comparison.branch };
  return { kind: "push", branch: own };
}
