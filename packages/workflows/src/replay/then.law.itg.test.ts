import { imageText } from "@fanfold-internal/matrix/identity";
import { expect, test } from "vitest";
import type { Plan } from "../plan/plan.ts";
import { ExampleClone } from "../testing/example-clone.ts";
import type { Replay, ReplayPush } from "./replay-document.ts";
import { makeRandomHistory } from "./testing/random-history.ts";

const HISTORIES = 4;
const COMMITS = 30;

/** What both say of a push. */
interface Said {
  readonly entries: number;
  readonly images: readonly string[];
  readonly precision: string;
  readonly reason: string | null;
}

function saidBy(plan: Plan): Said {
  const lists = Object.entries(plan.matrices);
  // Of other lists the plan names no images: their entries do, whose suffixes alone tell them apart here.
  const others = lists.flatMap(([name, { entries }]) =>
    name === "include" ? [] : entries.map((entry) => entry["tag-suffix"] ?? ""),
  );
  return {
    entries: lists.reduce((sum, [, { entries }]) => sum + entries.length, 0),
    images: [...plan.groups.map(({ image }) => image), ...others].toSorted(),
    precision: plan.diff.precision,
    reason: plan.diff.reason,
  };
}

function saidIn({ images }: Replay, push: ReplayPush): Said {
  const { entries, precision, reason } = push;
  return { entries, images: push.images.map((image) => images[image]?.name ?? "").toSorted(), precision, reason };
}

test.each(Array.from({ length: HISTORIES }, (_, index) => index + 1))(
  "each push of history %i is planned as plan does it in that push",
  { timeout: 240_000 },
  async (seed) => {
    await using clone = await ExampleClone.create({ "README.md": "x\n" });
    await makeRandomHistory(clone.repository, seed, COMMITS);
    await clone.repository.checkout("main");
    const { code, stdout, stderr } = await clone.fanfold(["replay", "--rules", "then", "--json", "--last", "999"]);
    expect({ code, stderr: stderr.replace(/^warning:.*\n.*\n/, "") }).toMatchObject({ code: 0 });
    const replay: Replay = JSON.parse(stdout);
    expect(replay.pushes.length).toBe(COMMITS + 2);
    const kinds = { planned: 0, refused: 0, selecting: 0, everything: 0 };
    for (const push of replay.pushes.slice(0, -1)) {
      const plan = await clone.fanfold(["plan", "--json", "--base", push.parent ?? "", "--head", push.sha]);
      const where = `${push.subject} ${push.sha.slice(0, 7)}`;
      if (plan.code !== 0) {
        expect(`${where}: ${push.refused ?? "not refused"}`, plan.stderr).not.toMatch(/: not refused$/);
        kinds.refused += 1;
        continue;
      }
      expect(push.refused, where).toBeNull();
      expect({ where, ...saidIn(replay, push) }).toEqual({ where, ...saidBy(JSON.parse(plan.stdout)) });
      kinds.planned += 1;
      if (push.entries > 0) kinds.selecting += 1;
      if (push.entries === push.of) kinds.everything += 1;
    }
    // A law that met nothing would say nothing.
    expect(kinds.planned).toBeGreaterThan(COMMITS / 4);
    expect(kinds.selecting, imageText(JSON.stringify(kinds))).toBeGreaterThan(0);
  },
);
