import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePlan } from "../record/plan-file.ts";
import { group, world } from "../testing/merge-world.ts";
import { planOf } from "../testing/plan.ts";
import { inOrder } from "./bases.ts";
import { chooseGroups } from "./choice.ts";
import { groupsOfPlan, type MergeGroup } from "./groups.ts";

const on = (tagSuffix: string, ...bases: readonly string[]): MergeGroup => ({ ...group(tagSuffix), bases });
const NAMES = ["-base", "-child", "-grandchild", "-other"];
const FAMILY = [on("-grandchild", "-child"), on("-other"), on("-base"), on("-child", "-base")];

describe("images that are built from others of their run", () => {
  it("are published after those, each as before", async () => {
    const { merge } = await world(NAMES);
    const order: string[] = [];
    const reports = await merge(FAMILY, { onGroup: ({ image }) => order.push(image), concurrency: 1 });
    expect(reports.map(({ image, verdict }) => `${image} ${verdict}`)).toEqual(
      FAMILY.map(({ image }) => `${image} published`),
    );
    expect(order).toEqual(["-other", "-base", "-child", "-grandchild"]);
  });

  it("are refused with those, and no others are", async () => {
    const { stores, records, merge } = await world(NAMES);
    const found = new Map([...records].filter(([name]) => name !== "digests-base--arm64"));
    const reports = await merge(FAMILY, {}, found);
    expect(reports.map(({ image, verdict, problems }) => [image, verdict, problems[0]?.message])).toEqual([
      ["-grandchild", "refused", "it is built from this run's -child, which is refused"],
      ["-other", "published", undefined],
      ["-base", "refused", "digests-base--arm64 (linux/arm64) left no record"],
      ["-child", "refused", "it is built from this run's -base, which is refused"],
    ]);
    expect(stores[0]?.state().every((line) => line.includes("-other"))).toBe(true);
  });

  it("are not published alone: nobody would know what became of those", async () => {
    const { merge } = await world(NAMES);
    const only = chooseGroups(FAMILY, { only: ["-child", "-other"] });
    const reports = await merge(only);
    expect(reports.map(({ image, verdict }) => `${image} ${verdict}`)).toEqual(["-other published", "-child refused"]);
    expect(reports[1]?.problems).toMatchObject([
      { code: "refused-base", message: "it is built from this run's -base, which is not merged here" },
    ]);
  });

  it("in a circle are refused, all of them, and what stands on them", async () => {
    const { merge } = await world(NAMES);
    const reports = await merge([
      on("-base", "-child"),
      on("-child", "-base"),
      on("-grandchild", "-child"),
      on("-other"),
    ]);
    expect(reports.map(({ verdict }) => verdict)).toEqual(["refused", "refused", "refused", "published"]);
  });

  it("come after all of them, whatever stands on what", () => {
    const graph = fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(graph, (edges) => {
        const groups = edges.map((to, index) =>
          on(`-${index}`, ...to.filter((one) => one < index).map((one) => `-${one}`)),
        );
        const rounds = inOrder(groups.toReversed());
        expect(rounds.flat()).toHaveLength(groups.length);
        const place = new Map(rounds.flatMap((round, index) => round.map(({ image }) => [image, index] as const)));
        for (const { image, bases = [] } of groups) {
          for (const base of bases) expect(place.get(base)).toBeLessThan(place.get(image) ?? 0);
        }
      }),
    );
  });

  it("are known by the plan: those of its legs that are built in the run", () => {
    const images = [{ image: "base" }, { image: "child", "tag-suffix": "-child", platforms: ["linux/amd64"] }];
    const base = (image: string, selected: boolean) => ({ context: image, image, artifacts: [], selected });
    const bases = { "digests-child--single": [base("base", true), base("published", false), base("base", true)] };
    const groups = (plan: object) =>
      groupsOfPlan(parsePlan(JSON.stringify({ ...planOf(images), ...plan }), "plan.json"), 7);
    expect(groups({ bases }).map((one) => one.bases)).toEqual([undefined, ["base"]]);
    expect(groups({ bases: {} }).map((one) => one.bases)).toEqual([undefined, undefined]);
    const [, broken] = groups({ bases: { "digests-child--single": [{ image: "base" }] } });
    expect(broken?.tags).toMatchObject({ kind: "refused", problems: [{ code: "invalid-plan" }] });
  });
});
