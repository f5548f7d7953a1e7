import type { PageData } from "../data/page-data.ts";
import { planView } from "./plan.ts";
import { replayView } from "./replay.ts";
import { page, type View } from "./sections.ts";
import { statusView } from "./status.ts";

const data: PageData = JSON.parse(document.getElementById("data")?.textContent ?? "");
document.body.append(...page(viewOf(data)));
// An address with a section's name was there before the section.
if (location.hash !== "") document.getElementById(location.hash.slice(1))?.scrollIntoView();

// What is folded on a screen is there on paper.
matchMedia("print").addEventListener("change", ({ matches }) => {
  for (const details of document.querySelectorAll("details")) {
    if (matches && !details.open) details.dataset["folded"] = "";
    if (matches || details.dataset["folded"] !== undefined) details.open = matches;
    if (!matches) delete details.dataset["folded"];
  }
});

function viewOf(data: PageData): View {
  switch (data.kind) {
    case "replay":
      return replayView(data);
    case "plan":
      return planView(data);
    case "status":
      return statusView(data);
  }
}
