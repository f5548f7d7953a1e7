import type { StatusDocument } from "../../status/image-status.ts";
import type { PlanView } from "../data/plan-view.ts";

/** A plan of a few waves; `text` stands before names, paths and tags. */
export function samplePlan(text = ""): PlanView {
  const image = (name: string, wave: number | null, bases: readonly string[]): PlanView["images"][number] => ({
    name: `${text}${name}`,
    list: "include",
    legs: ["linux/amd64", `${text}linux/arm64`],
    wave,
    outcome: "merged",
    repositories: [`${text}quay.io/example/${name}`],
    tags: [`${text}main`, "sha-0123456"],
    causes: [`${text}backend/${name}/run.py (inputs[1])`, "matrix"],
    bases: bases.map((base) => ({ name: `${text}${base}`, built: base !== "os" })),
    state: "stale",
    contentKey: "1:0123456789abcdef",
  });
  return {
    event: `${text}push refs/heads/main, 1a2b3c4..5d6e7f8`,
    diff: "12 changed files, exact, by git",
    precision: "exact",
    published: "3 current, 9 stale, of 12 images",
    files: Array.from({ length: 12 }, (_, at) => ({
      path: `${text}backend/a/${at}.py`,
      previousPath: at === 3 ? `${text}old.py` : null,
      status: at === 3 ? "renamed" : "modified",
    })),
    entries: { selected: 24, total: 60 },
    images: [
      image("base", 1, ["os"]),
      ...Array.from({ length: 10 }, (_, at) => image(`service-${at}`, 2, ["base"])),
      image("alone", null, []),
    ],
    leftOut: [`${text}kept`, "kept-too"],
    warnings: [`${text}a warning`],
  };
}

/** Images in every state; `text` stands before names, tags and reasons. */
export function sampleStatus(text = ""): StatusDocument {
  const states = ["current", "stale", "absent", "incomplete", "unknown", "unreadable", null] as const;
  return {
    schema: "fanfold.status/1",
    branch: `${text}main`,
    commit: "5d6e7f80123456789abcdef0123456789abcdef0",
    images: Array.from({ length: 21 }, (_, at) => {
      const state = states[at % states.length] ?? null;
      const known = state !== "absent" && state !== null;
      return {
        image: `${text}service-${at}`,
        state,
        repositories: [`${text}quay.io/example/service-${at}`],
        tag: state === null ? null : `${text}main`,
        digest: known ? `sha256:${String(at).padStart(64, "0")}` : null,
        revision: known ? String(at).padStart(40, "a") : null,
        date: known ? new Date(Date.UTC(2026, 10, 1 + at)).toISOString() : null,
        run: known ? `github.com/example/images/actions/runs/${at}` : null,
        published: known ? "1:aaaa" : null,
        expected: "1:bbbb",
        signed: known ? at % 2 === 0 : null,
        why: state === "current" ? "" : `${text}it was built from something else`,
      };
    }),
  };
}
