import fc from "fast-check";
import { expect, test } from "vitest";
import { REUSE_STATES } from "../reuse/published-state.ts";
import type { ImageStatus } from "./image-status.ts";
import { renderStatus } from "./render.ts";

const NOW = new Date("2026-03-09T08:00:00Z");
const DIGEST = `sha256:1ca3cda0f46e${"0".repeat(52)}`;

function status(change: Partial<ImageStatus> = {}): ImageStatus {
  return {
    image: "base-notebook",
    state: "current",
    repositories: ["quay.io/jupyter/base-notebook"],
    tag: "main",
    digest: DIGEST,
    revision: "61137281f46e2c0fef2a9915102f6cceabe23dd4",
    date: "2026-03-06T08:00:00Z",
    run: "17",
    published: "1-a",
    expected: "1-a",
    signed: null,
    why: "",
    ...change,
  };
}

const NOTHING = { tag: null, digest: null, revision: null, date: null, run: null, published: null } as const;

function rendered(images: readonly ImageStatus[]): string {
  const commit = "ab12cd34f46e2c0fef2a9915102f6cceabe23dd4";
  return renderStatus({ schema: "fanfold.status/1", branch: "main", commit, images }, NOW, (_, text) => text);
}

test("what differs comes first, and what that is", () => {
  const stale = status({
    image: "scipy-notebook",
    state: "stale",
    date: "2026-01-02T08:00:00Z",
    why: "quay.io/jupyter/scipy-notebook:main is built from something else, as of 6113728",
  });
  const absent = status({
    ...NOTHING,
    image: "tool",
    state: "absent",
    tag: "main",
    why: "quay.io/jupyter/tool:main does not exist",
  });
  const unread = status({ ...NOTHING, image: "far", state: "unreadable", tag: "main", why: "said above" });
  const new_ = status({
    image: "",
    state: "unknown",
    date: "2026-03-09T07:13:00Z",
    why: "it does not say what it was built from",
  });
  expect(rendered([status(), absent, unread, new_, status({ image: "minimal-notebook" }), stale])).toBe(
    [
      "main beside commit ab12cd3",
      "",
      "STATE       IMAGE             TAG   DIGEST        COMMIT   AGE",
      "stale       scipy-notebook    main  1ca3cda0f46e  6113728  66 days",
      "  quay.io/jupyter/scipy-notebook:main is built from something else, as of",
      "  6113728",
      "absent      tool              main  -             -        -",
      "  quay.io/jupyter/tool:main does not exist",
      "unreadable  far               main  -             -        -",
      'unknown     ""                main  1ca3cda0f46e  6113728  47 min',
      "  it does not say what it was built from",
      "current     base-notebook     main  1ca3cda0f46e  6113728  3 days",
      "current     minimal-notebook  main  1ca3cda0f46e  6113728  3 days",
      "",
      "6 images: 2 current, 1 stale, 1 absent, 1 unknown, 1 unreadable",
      "",
    ].join("\n"),
  );
});

test("long names lose their middle", () => {
  const image = "-gpu-nvidia-cuda-12-llama-cpp-avx512";
  const [, , , line] = rendered([
    status({ image, tag: `master${image}`, state: "incomplete", date: "2020-01-01" }),
  ]).split("\n");
  expect(line).toBe("incomplete  -gpu-nvidi…pp-avx512  master…vx512  1ca3cda0f46e  6113728  2259 days");
  expect(line?.length).toBe(80);
});

test("of no images, that", () => {
  expect(rendered([])).toBe("main beside commit ab12cd3\n\n0 images\n");
});

test("whatever the texts are, lines are printable and have at most 80 columns, but for a word that is longer", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  const any = fc.record({
    image: text,
    state: fc.constantFrom(null, ...REUSE_STATES),
    tag: fc.option(text),
    digest: fc.constantFrom(null, DIGEST),
    revision: fc.option(text),
    date: fc.constantFrom(null, "2026-03-09T07:59:00Z", "2015-03-06T08:00:00Z", "2030-03-06T08:00:00Z"),
    why: text,
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 4 }), (changes) => {
      for (const line of rendered(changes.map(status)).split("\n")) {
        expect(line).not.toMatch(/\p{Cc}/u);
        if (line.length > 80) expect(line.trim()).not.toContain(" ");
      }
    }),
  );
});
