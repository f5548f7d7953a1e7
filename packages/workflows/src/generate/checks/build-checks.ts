import { parseValue } from "@fanfold/digest-tools/planning";
import { groupEntries } from "@fanfold/merge-matrix";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { parseTemplate, templateKeys } from "@fanfold-internal/matrix/template";
import type { GenerateCode } from "../../base/codes.ts";
import { actionsCaches } from "../../build/cache.ts";
import { secretVariables, usesAgent } from "../../build/credentials.ts";
import { fillingOf, type TargetFault, targetOf } from "../../build/target.ts";
import type { Family } from "../../config/family.ts";
import { repositoryFindings } from "../../config/images.ts";
import { ARTIFACT_KEY, BUILT_LIST } from "../../config/lists.ts";
import { buildTexts } from "../../keys/build-texts.ts";
import { sampleEvent } from "../../published/sample-events.ts";
import { CACHE_NEEDS_ACTION } from "./runtime-checks.ts";
import { checkTemplate, keysOf } from "./template.ts";

type Finding = Diagnostic<GenerateCode>;

/** What `build` of a config and the entries' own build keys say that cannot be built. */
export function checkBuilds(family: Family): readonly Diagnostic[] {
  const entries = family.matrix.lists.find(({ name }) => name === BUILT_LIST)?.entries ?? [];
  const { cache } = family.config.config.build ?? {};
  return [
    ...checkTexts(family),
    ...checkRequired(family, entries),
    ...(cache?.type === "registry"
      ? repositoryFindings(cache.ref, family.config.place(["build", "cache", "ref"]))
      : []),
    ...entries.flatMap((entry, index) => checkKeyValues(family, entry, index)),
    ...checkTargets(family, entries),
  ];
}

/** The texts that an entry fills in. */
function checkTexts(family: Family): readonly Finding[] {
  const { config, place } = family.config;
  const known = new Set(keysOf(family, BUILT_LIST));
  if (known.has("backend")) known.add("image");
  return buildTexts(config.build).flatMap(({ path, text }): readonly Finding[] => {
    const at = place(["build", ...path]);
    const parsed = parseValue(text);
    if (parsed.kind === "invalid") {
      const fix = "see docker/metadata-action's global expressions; besides them there are {{version}} and {{commit}}";
      return [{ code: "bad-expression", severity: "error", message: parsed.reason, at, fix }];
    }
    return checkTemplate(text.replace(/\{\{.*?\}\}+/gs, ""), known, at);
  });
}

function checkRequired({ config: { config, place } }: Family, entries: readonly MatrixEntry[]): readonly Finding[] {
  const { args, "required-args": required = [] } = config.build ?? {};
  const known = knownArgs(args, entries);
  return required.flatMap((name, index): readonly Finding[] => {
    if (known.includes(name)) return [];
    const message = `there is no build argument ${name}${didYouMean(name, known)}`;
    const at = place(["build", "required-args", index]);
    return [{ code: "unknown-build-arg", severity: "error", message, at, fix: "name one of build.args" }];
  });
}

function knownArgs(args: Json | undefined, entries: readonly MatrixEntry[]): readonly string[] {
  const maps = [args, ...entries.map((entry) => entry["args"])];
  return maps.flatMap((map) => (isJsonObject(map) ? Object.keys(map) : []));
}

function checkKeyValues({ config: { config }, matrix }: Family, entry: MatrixEntry, index: number): readonly Finding[] {
  return buildTexts(config.build).flatMap(({ path, text }) =>
    templateKeys(parseTemplate(text)).flatMap((key): readonly Finding[] => {
      if (key === ARTIFACT_KEY || !isCompound(entry[key])) return [];
      const message = `${BUILT_LIST}[${index}]: ${key} stands in build.${path.join(".")} and must be one value`;
      const at = matrix.place(BUILT_LIST, index, key);
      return [{ code: "build-key-not-text", severity: "error", message, at, fix: "write it as text" }];
    }),
  );
}

function isCompound(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null;
}

/** Each entry's build, as a push of tomorrow would make it. */
function checkTargets(family: Family, entries: readonly MatrixEntry[]): readonly Finding[] {
  const { config, matrix, identity } = family;
  const { workflow = {} } = config.config;
  const { secrets = [], runtime = "npx", before, login } = workflow;
  // What is said of the cache of all is said where that stands.
  const { cache: _, ...given } = config.config.build ?? {};
  // What nobody has was said once, and is not missing from each entry.
  const known = knownArgs(given.args, entries);
  const build = { ...given, "required-args": (given["required-args"] ?? []).filter((name) => known.includes(name)) };
  const event = sampleEvent("refs/heads/main");
  const found = new Map<string, Finding>();
  const add = (finding: Finding): void => {
    // What the config says of every build is said once.
    const key = JSON.stringify([finding.at, finding.message]);
    if (!found.has(key)) found.set(key, finding);
  };
  for (const { entry, index, artifact } of groupEntries(entries, identity.identify).flatMap(({ legs }) => legs)) {
    const filling = fillingOf(entry, artifact, { event, version: "v1.2.3" });
    const { target, faults } = targetOf(entry, artifact, { build, filling, labels: {}, anew: false });
    const placed = (key: TargetFault["key"], about: string): Pick<Finding, "at" | "message"> =>
      Object.hasOwn(entry, key) || key === "args"
        ? { message: `${BUILT_LIST}[${index}]: ${about}`, at: matrix.place(BUILT_LIST, index, key) }
        : { message: `build.${about}`, at: config.place(["build", key]) };
    for (const { code, key, message } of faults) {
      // The first is found in an event, the second is said of all texts that are read.
      if (code === "unusable-value" || (code === "bad-build-value" && READ_ELSEWHERE.includes(key))) continue;
      add({ code, severity: "error", fix: FIXES[code], ...placed(key, message) });
    }
    for (const { key, name } of publicSecrets(target)) {
      const about = placed(key, `${key} has ${name}, which looks like a secret and is public`);
      add({ code: "public-secret", severity: "warning", fix: "hand secrets over by secret: [id=…,env=…]", ...about });
    }
    for (const variable of secretVariables(target).filter((name) => !secrets.includes(name))) {
      const about = placed("secret", `secret takes ${variable}, which workflow.secrets does not name`);
      const fix = `add ${variable} to workflow.secrets, unless workflow.before sets it`;
      add({ code: "secret-not-handed-over", severity: "warning", fix, ...about });
    }
    if (usesAgent(target) && before === undefined && login === undefined) {
      const about = placed("ssh", "ssh takes an agent, which neither workflow.before nor workflow.login starts");
      const fix = "start it in one of them, and set SSH_AUTH_SOCK in GITHUB_ENV";
      add({ code: "secret-not-handed-over", severity: "warning", fix, ...about });
    }
    for (const key of runtime === "action" ? [] : actionsCaches(target)) {
      add({ ...CACHE_NEEDS_ACTION, ...placed(key, `${key}: ${CACHE_NEEDS_ACTION.message}`) });
    }
  }
  return [...found.values()];
}

function publicSecrets(target: JsonObject): readonly { readonly key: "args" | "labels"; readonly name: string }[] {
  return (["args", "labels"] as const).flatMap((key) => {
    const map = target[key];
    const names = isJsonObject(map) ? Object.keys(map) : [];
    return names.filter((name) => SECRET_NAME.test(name)).map((name) => ({ key, name }));
  });
}

const SECRET_NAME = /(?:^|[._-])(?:secret|token|passw(?:or)?d|credentials?|api[._-]?key|private[._-]?key)(?:$|[._-])/i;

const READ_ELSEWHERE: readonly string[] = ["dockerfile", "context"];

const FIXES = {
  "bad-build-value": "write it as https://docs.docker.com/build/bake/reference/ describes it",
  "outside-repository": "name what lies below the repository's root",
  "required-build-arg-missing": "give the entry the value, or take the name out of build.required-args",
} as const;
