import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { nearest } from "@fanfold-internal/kit/read/nearest";
import { WorkflowsError } from "../base/error.ts";
import { DEFAULT_CONFIG } from "./config.ts";

const DIRECTORY = ".github";

/** What is found about the files of a repository that could be configs. */
export const CONFIG_FILE_CODES = {
  "config-spelling":
    "A file looks like a config and is none: configs are `.github/fanfold.yml` and `.github/fanfold.<name>.yml`.",
} as const;

export type ConfigFileCode = keyof typeof CONFIG_FILE_CODES;

/**
 * All configs of a repository, from its root: `.github/fanfold.yml` first, then `.github/fanfold.<name>.yml` by name.
 * @throws WorkflowsError `unreadable-input` when a file there was probably meant as one and is spelled otherwise
 */
export function findConfigs(root: string): readonly string[] {
  const { configs, misspelt } = lookForConfigs(root);
  if (misspelt.length === 0) return configs;
  const message = "a config would not be read";
  throw new WorkflowsError({ code: "unreadable-input", message, problems: misspelt });
}

/** The configs of a repository, and files there that are only spelled otherwise. */
export function lookForConfigs(root: string): ReturnType<typeof configsAmong> {
  return configsAmong(namesIn(root, DIRECTORY), namesIn(root, "."));
}

/** The configs among the names of files in `.github`, and files there and in the root that are spelled otherwise. */
export function configsAmong(
  names: readonly string[],
  rootNames: readonly string[],
): { readonly configs: readonly string[]; readonly misspelt: readonly Diagnostic<ConfigFileCode>[] } {
  const configs = names
    .filter((name) => CONFIG.test(name))
    .map((name) => `${DIRECTORY}/${name}`)
    .sort(
      (left, right) => Number(right === DEFAULT_CONFIG) - Number(left === DEFAULT_CONFIG) || (left < right ? -1 : 1),
    );
  const misspelt = [
    ...names.filter((name) => !CONFIG.test(name)).map((name) => ({ file: `${DIRECTORY}/${name}`, name })),
    ...rootNames.map((name) => ({ file: name, name })),
  ].flatMap(({ file, name }): readonly Diagnostic<ConfigFileCode>[] => {
    const meant = meantBy(name);
    if (meant === undefined) return [];
    return [
      {
        code: "config-spelling",
        severity: "error",
        message: `is not read: a config is ${DEFAULT_CONFIG} or ${DIRECTORY}/fanfold.<name>.yml`,
        at: { file },
        fix: `rename it to ${DIRECTORY}/${meant}`,
      },
    ];
  });
  return { configs, misspelt };
}

const CONFIG = /^fanfold(?:\.[^.].*)?\.yml$/;

/** The name that a file should have; undefined: it is probably nothing of ours. */
function meantBy(name: string): string | undefined {
  const [, stem, ending] = /^\.?(.+?)\.(ya?ml|json)$/i.exec(name) ?? [];
  if (stem === undefined || ending === undefined) return undefined;
  const [first = "", ...rest] = stem.toLowerCase().split(/[._-]+/);
  if (!first.startsWith("fan") || first.length < 6 || nearest(first, ["fanfold"]) === undefined) return undefined;
  return `${["fanfold", ...rest.filter((part) => part !== "" && part !== "yaml")].join(".")}.yml`;
}

function namesIn(root: string, directory: string): readonly string[] {
  try {
    return readdirSync(join(root, directory));
  } catch {
    return [];
  }
}
