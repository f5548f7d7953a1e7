import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Stores } from "../stores/stores.ts";
import { RegistryStandIn } from "../testing/registry-stand-in.ts";
import { type ImageShape, indexOfRun, mergeImage, prepare, pushedImage } from "../testing/request-world.ts";

/** What an image costs its registry, request by request, as the registry sees them. */
describe("the requests for one image", () => {
  let registry: RegistryStandIn;
  beforeEach(async () => {
    registry = await RegistryStandIn.start();
  });
  afterEach(() => registry[Symbol.asyncDispose]());

  const tags = { fixed: ["sha-6113728"], moving: ["main"] };
  const plain: ImageShape = { built: "plain", form: "index", legs: 2, ...tags };
  const attested: ImageShape = { ...plain, built: "attested" };
  const single: ImageShape = { ...attested, form: "as-built", legs: 1 };

  interface Case {
    readonly shape: ImageShape;
    readonly repositories?: readonly string[];
    /** The run whose index the moving tag stands for. */
    readonly standing?: string;
    /** Of an attempt of the run that has published it already; none when left out. */
    readonly before?: number;
    readonly attempt?: number;
  }

  async function requests({ shape, repositories = ["one"], standing, before, attempt = 1 }: Case) {
    const names = repositories.map((name) => `${registry.host}/${name}`);
    const image = pushedImage(shape, names);
    const stores = () => new Stores({ env: {} });
    const others = stores();
    for (const name of names) {
      const tagged = standing === undefined ? undefined : (["main", indexOfRun(standing, image)] as const);
      await prepare(others.open(name), image, tagged);
    }
    if (before !== undefined) await mergeImage(image, (name) => others.open(name), { attempt: before });
    await others.close();
    registry.requests.length = 0;
    const ours = stores();
    const report = await mergeImage(image, (name) => ours.open(name), { attempt });
    await ours.close();
    expect(report.problems).toEqual([]);
    const known = new Map<string, string>([
      [report.digest ?? "", "image"],
      ...image.legs.flatMap(({ children }, leg) =>
        children.map(({ digest }, at): [string, string] => [digest, `child ${leg}.${at}`]),
      ),
    ]);
    if (shape.form === "as-built") known.set(report.digest ?? "", "image");
    const said = registry.requests.map(({ method, target }) => {
      const [, repository = "", reference = ""] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(target) ?? [];
      return { repository, line: `${method} ${known.get(reference) ?? (reference || target)}` };
    });
    return repositories.map((name) => said.filter(({ repository }) => repository === name).map(({ line }) => line));
  }

  const children = (legs: number, each: number) =>
    Array.from({ length: each }, (_, at) =>
      Array.from({ length: legs }, (__, leg) => `HEAD child ${leg}.${at}`),
    ).flat();
  const SET_FIXED = ["PUT sha-6113728", "HEAD sha-6113728"];
  const SET_MOVING = ["PUT main", "HEAD main"];
  const READ_MOVING = "GET main";

  it.each<readonly [string, Case, readonly string[]]>([
    ["two plain legs", { shape: plain }, [...children(2, 1), "PUT image", ...SET_FIXED, READ_MOVING, ...SET_MOVING]],
    [
      "two legs with attestations",
      { shape: attested },
      [...children(2, 2), "PUT image", ...SET_FIXED, READ_MOVING, ...SET_MOVING],
    ],
    ["a single", { shape: single }, ["HEAD image", ...children(1, 2), ...SET_FIXED, READ_MOVING, ...SET_MOVING]],
    [
      "a single without attestations",
      { shape: { ...single, built: "plain" } },
      ["HEAD image", ...SET_FIXED, READ_MOVING, ...SET_MOVING],
    ],
    [
      "a moving tag that stands for the image of an earlier run",
      { shape: plain, standing: "16000000001" },
      [...children(2, 1), "PUT image", ...SET_FIXED, READ_MOVING, ...SET_MOVING],
    ],
    [
      "a moving tag that stands for the image of a later run",
      { shape: plain, standing: "18000000001" },
      [...children(2, 1), "PUT image", ...SET_FIXED, READ_MOVING],
    ],
    [
      "the same in a second attempt",
      { shape: plain, before: 1, attempt: 2 },
      [...children(2, 1), "HEAD image", "HEAD sha-6113728", READ_MOVING],
    ],
    [
      "a single in a second attempt",
      { shape: single, before: 1, attempt: 2 },
      ["HEAD image", ...children(1, 2), "HEAD sha-6113728", READ_MOVING],
    ],
    [
      "what a first attempt did not come to",
      { shape: plain, attempt: 2 },
      [...children(2, 1), "HEAD image", "PUT image", ...SET_FIXED, READ_MOVING, ...SET_MOVING],
    ],
    [
      "two moving tags and none that is fixed",
      { shape: { ...plain, fixed: [], moving: ["main", "latest"] } },
      [...children(2, 1), "PUT image", READ_MOVING, "GET latest", ...SET_MOVING, "PUT latest", "HEAD latest"],
    ],
  ])("%s", async (_what, given, expected) => {
    const [first, ...others] = await requests(given);
    expect(others).toEqual([]);
    expect(first).toEqual(expected);
  });

  it("two repositories: the same in each", async () => {
    const each = [...children(2, 1), "PUT image", ...SET_FIXED, READ_MOVING, ...SET_MOVING];
    expect(await requests({ shape: plain, repositories: ["one", "two"] })).toEqual([each, each]);
  });
});
