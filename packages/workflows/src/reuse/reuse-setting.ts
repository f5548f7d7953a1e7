import { parseReference } from "@fanfold/digest-tools/planning";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import { type Config, watchesBases } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { publishedImages } from "../published/published-images.ts";
import { sampleEvent } from "../published/sample-events.ts";
import { placeOfImage } from "../published/tag-findings.ts";
import { ledgerReader, ledgerTags } from "./ledger.ts";

/** What is found about `reuse` in a config, and said by a plan that asks what is published. */
export const REUSE_CODES = {
  "no-ledger-tag": "With `reuse`: no line of `metadata.tags` gives an image a tag that moves with its branch.",
  "reuse-only-counted":
    "With `reuse`: all repositories are of a registry that counts what is read as pulls, and no other is named.",
  "reuse-registry": "`reuse.registry` is not a registry's name, as images have it.",
  "stale-without-watch": "`reuse.schedule` is `stale`, and nothing watches whether bases have moved.",
  "watched-unread":
    "With `reuse.bases: watch`: an image from elsewhere cannot be read, so that what stands on it is not reused.",
  "published-unread":
    "With `reuse`: no registry says what is published of some images, and what changed decides about them.",
  "left-to-run":
    "With `reuse`: images are not published as they are now, and an earlier run may still be building them.",
  "published-already": "With `reuse`: a pull request does not build images of which its target has published the same.",
  "runs-unread":
    "With `reuse`: GitHub does not say which earlier runs are not over, so that what they may build is built, too.",
  "names-its-version":
    "With `reuse`: a release builds images that its branch has published, because they name the version, the git tag or the day.",
} as const;

type ReuseCode = keyof typeof REUSE_CODES;

/** What a config says of reuse, with its defaults. */
export interface ReuseSetting {
  /** Digests of images from elsewhere are part of what an image is built from. */
  readonly watch: boolean;
  readonly scheduleStale: boolean;
  readonly registry: string | undefined;
}

/** Undefined: what is published is nobody's concern. `asked`: what a flag says, which wins. */
export function reuseSetting(config: Config, asked?: "published" | "off"): ReuseSetting | undefined {
  const { reuse = "off" } = config;
  if (asked === "off" || (asked === undefined && reuse === "off")) return undefined;
  const { schedule, registry } = typeof reuse === "string" ? {} : reuse;
  return { watch: watchesBases(config), scheduleStale: schedule === "stale", registry };
}

const MAX_IMAGES = 5;

/** What makes reuse impossible, or not what it is meant to be. */
export function checkReuse(family: Family, asked?: "published" | "off"): readonly Diagnostic<ReuseCode>[] {
  const { config } = family;
  const setting = reuseSetting(config.config, asked);
  if (setting === undefined) return [];
  const at = config.place(["reuse"]);
  const [branch = "main"] = (config.config.workflow?.branches ?? []).filter((name) => /^[\w./-]+$/.test(name));
  const event = sampleEvent(`refs/heads/${branch}`, "push", branch);
  const { registry } = setting;
  if (registry !== undefined && !isRegistry(registry)) return [noRegistry(registry, config)];
  const images = publishedImages(family, event).filter(({ merged }) => merged);
  const ledgers = ledgerTags(family, event, branch);
  const without = images.filter(({ group }) => !ledgers.has(group.identity.id));
  const counted = images.filter(
    ({ repositories }) => repositories.length > 0 && ledgerReader(repositories, setting.registry) === undefined,
  );
  const names = (found: typeof images) =>
    fewNames(
      found.map(({ group }) => imageText(group.identity.name)),
      MAX_IMAGES,
    );
  const [first] = without;
  return [
    ...(first === undefined
      ? []
      : [
          {
            code: "no-ledger-tag",
            severity: "error",
            message: `nobody can know what is published of ${names(without)}: a push to ${branch} gives no tag that the next push gives again`,
            at: placeOfImage(first, family),
            fix: "add type=ref,event=branch to metadata.tags, or turn reuse off",
          } as const,
        ]),
    ...(counted.length === 0
      ? []
      : [
          {
            code: "reuse-only-counted",
            severity: "error",
            message: `${names(counted)}: published to Docker Hub alone, which counts each question as a pull`,
            at,
            fix: "publish to another registry, too, or name one that mirrors it (or docker.io itself, to spend the pulls): reuse: { from: published, registry: … }",
          } as const,
        ]),
    ...(setting.scheduleStale && !setting.watch
      ? [
          {
            code: "stale-without-watch",
            severity: "error",
            message: "schedule: stale needs bases: watch: without it a schedule would never see a base that moved",
            at,
            fix: "write reuse: { from: published, bases: watch, schedule: stale }",
          } as const,
        ]
      : []),
  ];
}

function isRegistry(name: string): boolean {
  try {
    return parseReference(`${name}/x`).registry === name;
  } catch {
    return false;
  }
}

function noRegistry(name: string, { place }: Family["config"]): Diagnostic<ReuseCode> {
  return {
    code: "reuse-registry",
    severity: "error",
    message: `reuse.registry: expected host[:port], as in an image's name, found ${JSON.stringify(name)}`,
    at: place(["reuse", "registry"]),
    fix: "write registry: ghcr.io",
  };
}
