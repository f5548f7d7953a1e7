import { imageText } from "@fanfold-internal/matrix/identity";
import type { Plan } from "./plan.ts";

// GitHub draws pictures of at most 500 edges (Mermaid's maxEdges), and long before that nobody can read them.
const MAX_EDGES = 150;

/**
 * What a run builds from what, as a Mermaid picture for GITHUB_STEP_SUMMARY; nothing where no image stands on another one.
 * https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams
 */
export function basesPicture({ bases, groups }: Pick<Plan, "bases" | "groups">): readonly string[] {
  const images = new Map(
    groups.flatMap(({ image, legs }) => legs.map((leg) => [leg["artifact-name"], image] as const)),
  );
  const edges = new Map<string, Edge>();
  for (const [artifact, found] of Object.entries(bases)) {
    const image = images.get(artifact);
    if (image === undefined) continue;
    for (const base of found) {
      edges.set(JSON.stringify([base.image, image]), { base: base.image, image, built: base.selected });
    }
  }
  if (edges.size === 0) return [];
  const title = ["#### What stands on what", ""];
  if (edges.size > MAX_EDGES) return [...title, `${edges.size} edges, too many for a picture.`, ""];
  return [...title, ...mermaid([...edges.values()]), ""];
}

interface Edge {
  readonly base: string;
  readonly image: string;
  /** Whether the base is built in this run. */
  readonly built: boolean;
}

function mermaid(edges: readonly Edge[]): readonly string[] {
  const nodes = new Map<string, string>();
  const node = (image: string): string => {
    const id = nodes.get(image) ?? `i${nodes.size}`;
    nodes.set(image, id);
    return id;
  };
  const lines = edges.map(({ base, image }) => `  ${node(base)} --> ${node(image)}`);
  const published = new Set(edges.flatMap(({ base, built }) => (built ? [] : [base])));
  const labels = [...nodes].map(
    ([image, id]) => `  ${id}["${label(image)}${published.has(image) ? " (as published)" : ""}"]`,
  );
  return ["```mermaid", "graph LR", ...labels, ...lines, "```"];
}

/** Whatever might mean something to Mermaid or to HTML is written by its number, which Mermaid reads as `#35;`. */
function label(image: string): string {
  return [...imageText(image)]
    .map((letter) => (/[\w ./:-]/.test(letter) ? letter : `#${letter.codePointAt(0)};`))
    .join("");
}
