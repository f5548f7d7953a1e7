import { REVISION } from "./group.ts";

/** A group of a plan as a test says it: what is left out is as in plans of one repository. */
export interface PlanImage {
  readonly image?: string | undefined;
  readonly "tag-suffix"?: string;
  readonly "tag-latest"?: string;
  readonly images?: readonly string[];
  readonly tags?: readonly string[];
  readonly "moving-tags"?: readonly string[];
  readonly version?: string;
  readonly wrapped?: boolean;
  readonly from?: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** One leg each; two when left out. */
  readonly platforms?: readonly string[];
  /** What the names of its artifacts tell it apart by. */
  readonly artifact?: string | undefined;
}

interface PlanText {
  readonly schema: "fanfold.plan/1";
  readonly event: { readonly name: string; readonly ref: string; readonly sha: string };
  readonly images: readonly string[];
  readonly groups: readonly (Omit<PlanImage, "platforms" | "artifact"> & {
    readonly legs: readonly Readonly<Record<"platform" | "platform-tag" | "artifact-name", string>>[];
  })[];
}

/** A plan of these images. */
export function planOf(images: readonly PlanImage[], event: object = {}): PlanText {
  return {
    schema: "fanfold.plan/1",
    event: { name: "push", ref: "refs/heads/main", sha: REVISION, ...event },
    images: ["quay.io/example/backends"],
    groups: images.map(({ platforms = ["linux/amd64", "linux/arm64"], artifact = "", ...group }) => {
      const suffix = group["tag-suffix"] ?? "";
      return {
        matrix: "include",
        "tag-latest": "auto",
        ...group,
        "tag-suffix": suffix,
        legs: platforms.map((platform) => {
          const tag = platforms.length === 1 ? "" : (platform.split("/")[1] ?? "");
          return {
            platform,
            "platform-tag": tag,
            "artifact-name": `digests${artifact && `-${artifact}`}${suffix || "-core"}--${tag || "single"}`,
          };
        }),
      };
    }),
  };
}
