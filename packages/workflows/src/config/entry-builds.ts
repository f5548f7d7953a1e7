import { asWritten, type BuildOf } from "@fanfold/changed-backends/internal";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { templateValue } from "@fanfold-internal/matrix/entry-values";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { parseTemplate, renderTemplate } from "@fanfold-internal/matrix/template";
import type { LoadedConfig } from "./config.ts";
import { BUILT_LIST } from "./lists.ts";

/** What of a build says which files it reads. */
const KEYS = ["context", "dockerfile", "dockerfile-inline", "target", "args", "contexts"] as const;

/**
 * How an entry is built, for what its Dockerfile reads: `build` of the config with its values filled in, and its own over
 * them. Other lists are built by workflows that somebody wrote, and so is everything where the config says nothing of builds.
 */
export function entryBuilds({ file, config }: LoadedConfig): BuildOf {
  const { build = {}, workflow } = config;
  if (file === null) return asWritten;
  const open = config.build === undefined && workflow === undefined;
  return (entry, list) => {
    if (list !== BUILT_LIST) return asWritten(entry, list);
    const keys = KEYS.flatMap((key): [string, Json][] => {
      const [given, own] = [filled(build[key], entry), Object.hasOwn(entry, key) ? entry[key] : undefined];
      const value = isJsonObject(given) && isJsonObject(own) ? { ...given, ...own } : (own ?? given);
      return value === undefined ? [] : [[key, value]];
    });
    return { keys: Object.fromEntries(keys), open };
  };
}

/** The same of targets of bake files, and of what is built inside them, of which the config says nothing. */
export function bakedBuilds(config: LoadedConfig): BuildOf {
  const builds = entryBuilds(config);
  return (entry, list) => {
    const { keys } = builds(entry, list);
    const linked = isJsonObject(entry["linked"]) ? entry["linked"] : {};
    return {
      keys,
      open: false,
      linked: Object.fromEntries(
        Object.entries(linked).flatMap(([name, build]) => (isJsonObject(build) ? [[name, build]] : [])),
      ),
    };
  };
}

/** What holds double braces is filled in with the event, later: it stays as it is, and counts as not known. */
function filled(value: Json | undefined, entry: MatrixEntry): Json | undefined {
  if (typeof value === "string") {
    if (value.includes("{{")) return value;
    return renderTemplate(parseTemplate(value), (key) => templateValue(entry, key));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]): [string, Json][] => {
      const text = filled(item, entry);
      return text === undefined || text === "" || text === null ? [] : [[name, text]];
    }),
  );
}
