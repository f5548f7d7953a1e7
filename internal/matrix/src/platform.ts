import type { Json } from "@fanfold-internal/kit/read/json";

/** A platform as the OCI image index names it (image-index.md, `manifests[].platform`). */
export interface PlatformName {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

// The other names that containerd and Docker accept for an architecture, and the variant that goes without saying
// (https://github.com/containerd/platforms/blob/main/database.go).
const ARCHITECTURES: ReadonlyMap<string, readonly [architecture: string, variant?: string]> = new Map([
  ["x86_64", ["amd64"]],
  ["x86-64", ["amd64"]],
  ["aarch64", ["arm64"]],
  ["armhf", ["arm", "v7"]],
  ["armel", ["arm", "v6"]],
  ["i386", ["386"]],
]);
const IMPLIED_VARIANT: ReadonlyMap<string, string> = new Map([
  ["arm64", "v8"],
  ["amd64", "v1"],
]);
const DEFAULT_VARIANT: ReadonlyMap<string, string> = new Map([["arm", "v7"]]);

/**
 * The platforms that a value of `platforms` names, as they are written: a text with commas, spaces or line breaks between
 * them, as docker and docker/build-push-action take it, or a list of such texts. Undefined: it names none.
 */
export function platformTexts(value: Json | undefined): readonly string[] | undefined {
  const texts = (Array.isArray(value) ? value : [value ?? ""]).flatMap((part: Json) =>
    typeof part === "object" && part !== null
      ? [JSON.stringify(part)]
      : String(part ?? "")
          .split(/[\s,]+/)
          .filter((text) => text !== ""),
  );
  return texts.length === 0 ? undefined : texts;
}

/**
 * `linux/arm64/v8` in its one normal form, so that two spellings of one platform are equal: `arm64/v8` is `arm64`, `arm`
 * is `arm/v7`. Undefined: not of the form `os/architecture[/variant]`.
 */
export function parsePlatformName(text: string): PlatformName | undefined {
  const parts = text.trim().toLowerCase().split("/");
  const [os, given, givenVariant, ...rest] = parts;
  if (os === undefined || given === undefined || rest.length > 0) return undefined;
  if (!parts.every((part) => /^[a-z0-9][a-z0-9._-]*$/.test(part))) return undefined;
  const [architecture, aliasVariant] = ARCHITECTURES.get(given) ?? [given];
  const variant = givenVariant ?? aliasVariant ?? DEFAULT_VARIANT.get(architecture);
  return {
    os,
    architecture,
    ...(variant === undefined || variant === IMPLIED_VARIANT.get(architecture) ? {} : { variant }),
  };
}

export function formatPlatformName({ os, architecture, variant }: PlatformName): string {
  return [os, architecture, variant].filter((part) => part !== undefined).join("/");
}
