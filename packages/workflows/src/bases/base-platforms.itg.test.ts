import { expect, test } from "vitest";
import { ExampleClone } from "../testing/example-clone.ts";

const leg = (image: string, arch: string | undefined, keys: object = {}): object => ({
  image,
  context: image,
  dockerfile: `${image}/Dockerfile`,
  ...(arch === undefined ? {} : { platforms: `linux/${arch}`, "platform-tag": arch.replace("/", "-") }),
  ...keys,
});
const both = (image: string, keys: object = {}) => ["amd64", "arm64"].map((arch) => leg(image, arch, keys));
const single = (image: string) => ({ ...leg(image, undefined), platforms: "linux/amd64" });
const SIBLING = { contexts: { below: "target:base" } };

test.each<[string, readonly object[], string, string | undefined]>([
  ["for one of its platforms", [single("base"), ...both("app")], "FROM ghcr.io/o/base", "linux/arm64 from base"],
  ["for the runner's", [leg("base", undefined), ...both("app")], "FROM ghcr.io/o/base", "the platform of its runner"],
  ["by a named context", [single("base"), ...both("app", SIBLING)], "FROM below", "linux/arm64 from base"],
  ["for all", [...both("base"), ...both("app")], "FROM ghcr.io/o/base", undefined],
  ["for another name of it", [leg("base", "arm64/v8"), leg("app", "arm64")], "FROM ghcr.io/o/base", undefined],
  ["for the runner's, as it is itself", [leg("base", undefined), single("app")], "FROM ghcr.io/o/base", undefined],
  [
    "and its stage says which",
    [single("base"), ...both("app")],
    "FROM --platform=linux/amd64 ghcr.io/o/base",
    undefined,
  ],
  [
    "by a context that a stage takes",
    [single("base"), ...both("app", SIBLING)],
    "FROM --platform=$BUILDPLATFORM below",
    undefined,
  ],
])("a base that is built %s", async (_, include, from, expected) => {
  await using clone = await ExampleClone.create({
    ".github/fanfold.yml": "images: ['ghcr.io/o/{image}']\nworkflow: { branches: [main] }\n",
    ".github/backend-matrix.yml": JSON.stringify({ include }),
    "base/Dockerfile": "FROM scratch\n",
    "app/Dockerfile": `${from}\n`,
  });
  const { code, stderr } = await clone.fanfold(["plan", "--force-all"]);
  const found = stderr.match(/.*app is built for .*/g) ?? [];
  expect({ code, found }).toEqual({
    code: 0,
    found: expected === undefined ? [] : [expect.stringContaining(expected)],
  });
});

test("many images on one base are one finding", async () => {
  const apps = Array.from({ length: 9 }, (_, index) => `app${index}`);
  await using clone = await ExampleClone.create({
    ".github/fanfold.yml": "images: ['ghcr.io/o/{image}']\nworkflow: { branches: [main] }\n",
    ".github/backend-matrix.yml": JSON.stringify({ include: [single("base"), ...apps.flatMap((app) => both(app))] }),
    "base/Dockerfile": "FROM scratch\n",
    ...Object.fromEntries(apps.map((app) => [`${app}/Dockerfile`, "FROM ghcr.io/o/base\n"])),
  });
  const { stderr } = await clone.fanfold(["plan", "--force-all"]);
  expect(stderr.match(/.* are built for .*/g)).toEqual([
    expect.stringContaining("app0, app1, app2, app3, app4 and 4 more are built for linux/arm64 from base"),
  ]);
});
