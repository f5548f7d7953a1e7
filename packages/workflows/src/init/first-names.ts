import { createHash } from "node:crypto";
import { posix } from "node:path";
import { dockerfileVariant } from "../base/dockerfile-names.ts";

// Names of a plan's outputs, and the one that stands for an empty suffix in names of artifacts.
const RESERVED = /^(?:run-all|core|matrix|merge-matrix|(?:matrix|has|merge-matrix)-.+)$/;

// Tags end at 128 characters, and a branch's name stands before the suffix.
const LONGEST = 64;

/** How an image is called. `plain`: it has no suffix. */
export interface FirstName {
  readonly name: string;
  readonly plain: boolean;
}

/**
 * A name for the image of each Dockerfile: as few of its path's last parts as tell it from all others, whatever their
 * order. The root's plain Dockerfile is the repository's own image.
 */
export function firstNames(dockerfiles: readonly string[], repository: string): ReadonlyMap<string, FirstName> {
  const plain = nameOf([repository]);
  const images = dockerfiles
    .filter((path) => nameParts(path).length > 0)
    .map((path) => ({ path, parts: nameParts(path), taken: startOf(path) }));
  const named = (image: (typeof images)[number]): string => nameOf(image.parts.slice(-image.taken));
  // Every round gives all that share a name one part more, none of them being the first.
  for (let changed = true; changed; ) {
    const groups = Map.groupBy(images, named);
    const unclear = images.filter((image) => {
      const name = named(image);
      return (groups.get(name)?.length ?? 0) > 1 || RESERVED.test(name) || name === plain;
    });
    const longer = unclear.filter(({ parts, taken }) => taken < parts.length);
    changed = longer.length > 0;
    for (const image of longer) image.taken += 1;
  }
  const groups = Map.groupBy(images, named);
  const names = images.map((image): readonly [string, FirstName] => {
    const name = named(image);
    const alone = groups.get(name)?.length === 1 && name !== plain && name.length <= LONGEST;
    const given = RESERVED.test(name) ? `image-${name}` : name;
    const clear = alone && (given === name || (!groups.has(given) && given !== plain));
    return [image.path, { name: clear ? given : `${name.slice(0, LONGEST - 9)}-${digest(image.path)}`, plain: false }];
  });
  const roots = dockerfiles.filter((path) => nameParts(path).length === 0);
  // There may be a Dockerfile and a Containerfile.
  const root = roots.map((path, index): readonly [string, FirstName] => [
    path,
    index === 0 && !RESERVED.test(plain)
      ? { name: plain, plain: true }
      : { name: `${plain.slice(0, LONGEST - 9)}-${digest(path)}`, plain: index === 0 },
  ]);
  return new Map([...root, ...names]);
}

/** `["services", "api", "gpu"]` of `services/api/Dockerfile.gpu`; nothing of the root's `Dockerfile`. */
function nameParts(dockerfile: string): readonly string[] {
  const directory = posix.dirname(dockerfile);
  const parts = [...(directory === "." ? [] : directory.split("/")), dockerfileVariant(dockerfile)];
  return parts.filter((part, index) => part !== "" && part !== parts[index - 1]);
}

// Folders that hold Dockerfiles, and say nothing of what they are of.
const PLACES = new Set(["build", "container", "containers", "deploy", "docker", "dockerfile", "dockerfiles", "images"]);

/** A variant alone says little: `api-gpu` of `api/Dockerfile.gpu`, and `gpu` of `docker/Dockerfile.gpu`. */
function startOf(dockerfile: string): number {
  const variant = dockerfileVariant(dockerfile);
  const parent = posix.basename(posix.dirname(dockerfile)).toLowerCase();
  const parts = nameParts(dockerfile).length;
  return variant === "" || variant === parent || PLACES.has(parent) ? 1 : Math.min(2, parts);
}

/** Fit for a tag, for an output's name, and in an artifact's: no `--`, no dash at an end. */
function nameOf(parts: readonly string[]): string {
  const name = parts
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, "-")
    .replace(/^[-._]+|[-._]+$/g, "");
  return name === "" ? "image" : name;
}

function digest(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 8);
}
