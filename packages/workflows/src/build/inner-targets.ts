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

/** A named context, and what asks for it: the build itself, or one inside it. */
export interface AskedContext {
  readonly within: string | undefined;
  readonly context: string;
  readonly value: string;
}

export function withContexts<T extends TargetWithInner>(build: T, asked: readonly AskedContext[]): T {
  const added = (target: BakeTarget, within: string | undefined): BakeTarget => {
    const contexts = asked.filter((each) => each.within === within).map(({ context, value }) => [context, value]);
    if (contexts.length === 0) return target;
    const own = isJsonObject(target["contexts"]) ? target["contexts"] : {};
    return { ...target, contexts: { ...own, ...Object.fromEntries(contexts) } };
  };
  const inner = Object.entries(build.inner).map(([name, target]) => [name, added(target, name)] as const);
  return { ...build, target: added(build.target, undefined), inner: Object.fromEntries(inner) };
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
