import { printable } from "@fanfold-internal/kit/text/printable";
import type { RehearsedImage } from "./images.ts";
import type { Rehearsal } from "./rehearsal.ts";

/** What would stand published, one tag of one repository a line: `NAME:TAG@DIGEST PLATFORMS`, as `digest-tools` prints it. */
export function publishedLines({ images }: Rehearsal): readonly string[] {
  return images.flatMap(({ tags, digest, platforms }) =>
    [...Map.groupBy(tags, ({ place }) => place).values()]
      .flat()
      .map(({ place, tag }) => printable(`${place.image}:${tag}@${digest} ${platforms.join(",")}`)),
  );
}

/** `6 builds, 1 failed; 4 images, 3 would be published, 1 refused` */
export function totalLine({ legs, images }: Rehearsal, pullRequest: boolean): string {
  const failed = legs.filter(({ verdict }) => verdict === "failed").length;
  const builds = `${plural(legs.length, "build")}${failed === 0 ? "" : `, ${failed} failed`}`;
  if (pullRequest) return `${builds}; a pull request publishes nothing`;
  const refused = images.filter((image) => image.verdict === "refused").length;
  const again = images.filter(({ reused, verdict }) => reused !== undefined && verdict === "published").length;
  const unbuilt = again === 0 ? "" : `, ${again} of them without a build`;
  const published = `${images.length - refused} would be published${unbuilt}${refused === 0 ? "" : `, ${refused} refused`}`;
  return `${builds}; ${plural(images.length, "image")}, ${published}`;
}

/** Whether the jobs of the rehearsed run all end green. */
export function isGreen({ legs, images }: Rehearsal): boolean {
  return legs.every(({ verdict }) => verdict !== "failed") && images.every(({ verdict }) => verdict === "published");
}

/** The document of `--json`, schema `fanfold.rehearsal/1`. `kept`: what is still there, by its path. */
export function rehearsalDocument({ legs, images }: Rehearsal, engine: string | null, kept: string | null): unknown {
  return {
    schema: "fanfold.rehearsal/1",
    engine,
    legs: legs.map(({ digest, problems, ...leg }) => ({
      ...leg,
      digest: digest ?? null,
      problems: problems.map(({ code, message, fix }) => ({ code, message, fix: fix ?? null })),
    })),
    images: images.map(imageDocument),
    kept,
  };
}

function imageDocument({
  image,
  tagSuffix,
  verdict,
  reused,
  digest,
  platforms,
  tags,
  problems,
  warnings,
}: RehearsedImage): unknown {
  return {
    image,
    "tag-suffix": tagSuffix,
    verdict,
    from: reused ?? null,
    digest: digest ?? null,
    platforms,
    tags: tags.map(({ place, tag }) => ({ repository: place.image, store: place.store, tag })),
    problems: problems.map(({ code, message, fix }) => ({ code, message, fix: fix ?? null })),
    warnings: warnings.map(({ message, fix }) => ({ message, fix: fix ?? null })),
  };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
