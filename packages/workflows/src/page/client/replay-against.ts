import { imageText } from "@fanfold-internal/matrix/identity";
import type { Replay } from "../../replay/replay-document.ts";
import { type Child, code, el, listed, outside } from "./elements.ts";
import { causeText } from "./replay-lists.ts";
import { plainTable, type Section } from "./sections.ts";
import { count, day, number } from "./words.ts";

/** Where the two configs do not agree; null: there is one. */
export function againstSection({ against, pushes, images, causes, totals }: Replay): Section | null {
  if (against === null) return null;
  const { config, missedByOurs, missedByAgainst, missedBecause, moreBecause } = against;
  const names = (at: readonly number[]): Child => listed(at.map((image) => code(imageText(images[image]?.name ?? ""))));
  const differing = pushes.flatMap((push) => (push.against === null ? [] : [{ push, ...push.against }]));
  const list = (title: string, of: (difference: (typeof differing)[number]) => readonly number[]): Child => {
    const found = differing.filter((difference) => of(difference).length > 0);
    if (found.length === 0) return null;
    return el(
      "details",
      {},
      el("summary", {}, `${title}: ${count(found.length, "push", "pushes")}`),
      el(
        "ul",
        { class: "pushes" },
        found.map((difference) =>
          el(
            "li",
            {},
            el("code", {}, difference.push.sha.slice(0, 7)),
            ` ${day(difference.push.time)} `,
            outside(difference.push.subject),
            el("div", {}, names(of(difference))),
          ),
        ),
      ),
    );
  };
  return {
    id: "against",
    title: "Beside the second config",
    content: [
      el(
        "p",
        {},
        code(config),
        ` builds ${number(totals.against?.entries ?? 0)} entries, this config ${number(totals.ours.entries)}.`,
      ),
      plainTable(
        ["Difference", "Pushes", "Images"],
        [
          ["Built by this config alone", number(missedByAgainst.pushes), number(missedByAgainst.images)],
          ["Built by the second config alone", number(missedByOurs.pushes), number(missedByOurs.images)],
        ],
      ),
      missedBecause.length === 0
        ? null
        : [
            el("h3", {}, "What this config alone builds them for"),
            plainTable(
              ["Cause", "Pushes", "Images"],
              missedBecause.map(({ cause, pushes, images }) => {
                const known = causes[cause];
                return [known === undefined ? "another" : causeText(known), number(pushes), number(images)];
              }),
            ),
          ],
      moreBecause === 0
        ? null
        : el("p", {}, `${count(moreBecause, "more cause")} ${moreBecause === 1 ? "is" : "are"} left out.`),
      list("Built by this config alone", ({ missedByAgainst }) => missedByAgainst),
      list("Built by the second config alone", ({ missedByOurs }) => missedByOurs),
    ],
  };
}
