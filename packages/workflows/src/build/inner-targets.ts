import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { platformTexts } from "@fanfold-internal/matrix/platform";
import { includesPlatform } from "./smoke-test.ts";
import type { BakeTarget } from "./target.ts";

/** A build, and what is built inside it, by their names: `target:NAME` in `contexts` is the one of that name. */
export interface TargetWithInner {
  readonly target: BakeTarget;
  readonly inner: Readonly<Record<string, BakeTarget>>;
}

const CONTEXT = "target:";

/** The same under other names, so that those of several builds can stand in one bake file. */
export function renamedInner({ target, inner }: TargetWithInner, prefix = "inner"): TargetWithInner {
  const rename = (name: string): string => `${prefix}-${name}`;
  const renamed = (each: BakeTarget): BakeTarget => {
    const { contexts } = each;
    if (!isJsonObject(contexts)) return each;
    const values = Object.entries(contexts).map(([name, value]): [string, Json] => {
      const named = typeof value === "string" && value.startsWith(CONTEXT) ? value.slice(CONTEXT.length) : undefined;
      const isInner = named !== undefined && Object.hasOwn(inner, named);
      return [name, isInner ? `${CONTEXT}${rename(named)}` : value];
    });
    return { ...each, contexts: Object.fromEntries(values) };
  };
  return {
    target: renamed(target),
    inner: Object.fromEntries(Object.entries(inner).map(([name, each]) => [rename(name), renamed(each)])),
  };
}

/**
 * For the platforms that are asked of it alone, where it names several: a leg does not emulate those of others. One that
 * names none, or none of these, is built as it says.
 */
export function narrowed(target: BakeTarget, asked: readonly string[]): BakeTarget {
  const platforms = platformTexts(target["platforms"]) ?? [];
  const needed = platforms.filter((platform) => includesPlatform(asked, platform));
  return platforms.length < 2 || needed.length === 0 ? target : { ...target, platforms: needed };
}
