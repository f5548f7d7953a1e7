import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BuildSource,
  defaultAttestations,
  type Pushed,
  type PushInput,
  type PushOptions,
  parsePlatforms,
  pushBuild,
  type RunContext,
  type RunDocker,
  versionOfEvent,
} from "@fanfold/digest-tools/internal";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { makeTemporary, removeTemporary } from "@fanfold-internal/kit/process/temporary";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { sanitizeTag } from "@fanfold-internal/matrix/names";
import { WorkflowsError } from "../base/error.ts";
import { actionsCaches } from "./cache.ts";
import { credentialVariables, missingCredentials } from "./credentials.ts";
import { allowances, attestTypes, linkedDefinition, ownOverrides, TARGET } from "./definition.ts";
import { renamedInner } from "./inner-targets.ts";
import { type LinkedBases, linkedBases, unkept } from "./linked-bases.ts";
import type { PlannedBuild, PlannedBuilds } from "./planned-build.ts";
import { includesPlatform, type RunShell, runTest } from "./smoke-test.ts";
import type { BakeTarget } from "./target.ts";

/** What a build happens with. Docker runs in the repository's root. */
export interface BuildTools extends Omit<PushOptions, "docker"> {
  readonly docker: RunDocker;
  readonly env: Environment;
  /** For the test, in the repository's root. */
  readonly shell: RunShell;
}

/** Where what was built is kept, besides the repositories. */
export interface LegOptions {
  readonly recordDirectory: string;
  readonly run: RunContext | undefined;
}

/**
 * Builds an entry, pushes it by digest to every repository of its image and records it.
 * @throws WorkflowsError `unbuildable`; DigestToolsError as `pushBuild`
 */
export async function buildLeg(build: PlannedBuild, tools: BuildTools, options: LegOptions): Promise<Pushed> {
  assertCredentials(build, tools.env);
  const input = pushInput(build, options);
  const [repository = ""] = input.repositories;
  const beforeRecord = async (digest: string): Promise<void> => {
    for (const platform of build.test === undefined ? [] : build.platforms) {
      await test(build, `${repository}@${digest}`, platform, tools);
    }
  };
  return withDefinition(build, (source) => pushBuild(input, source, { ...tools, beforeRecord }));
}

async function test(
  { artifact, target, inner, test: planned }: PlannedBuild,
  image: string,
  platform: string,
  { shell, env }: Pick<BuildTools, "shell" | "env">,
): Promise<void> {
  if (planned === undefined) return;
  const without = [...planned.without, ...[target, ...Object.values(inner)].flatMap(credentialVariables)];
  await runTest({ ...planned, without }, { artifact, image, platform }, shell, env);
}

/**
 * Tests a build that no registry has, where this machine can run it: the image is loaded into the engine for as long.
 * @throws WorkflowsError `test-failed`, `build-failed`
 */
export async function testLoaded(
  build: PlannedBuild,
  native: string,
  tools: Pick<BuildTools, "docker" | "env" | "shell">,
  linked: LinkedBases["linked"] = {},
): Promise<void> {
  if (build.test === undefined || !includesPlatform(build.platforms, native)) return;
  const image = `fanfold-test:${sanitizeTag(build.artifact).slice(0, 128)}`;
  const target = { ...unkept(build.target), output: [`type=docker,name=${image}`] };
  await bake({ ...build, platforms: [native], target }, tools.docker, { linked });
  try {
    await test(build, image, native, tools);
  } finally {
    await tools.docker(["image", "rm", "--force", image], "keep");
  }
}

function assertCredentials(build: PlannedBuild, env: Environment): void {
  const missing = [build.target, ...Object.values(build.inner)].flatMap((target) => missingCredentials(target, env));
  if (missing.length > 0) {
    throw new WorkflowsError({
      code: "unbuildable",
      message: `${build.artifact} needs ${missing.join(" and ")}, which this job does not have`,
      fix: "name a secret in workflow.secrets and generate again; elsewhere set the variable. An agent is what workflow.before or login starts",
    });
  }
}

/** What is pushed, and where, of a build of the plan. @throws WorkflowsError `unbuildable` */
export function pushInput(build: PlannedBuild, { recordDirectory, run }: LegOptions): PushInput {
  const { artifact, platforms, tagSuffix, platformTag, images, groupValues, annotations, anchorHosts, event } = build;
  if (images.length === 0) {
    throw new WorkflowsError({
      code: "unbuildable",
      message: `the plan names no repository for ${artifact}`,
      fix: "name one under images in the config, and plan again",
    });
  }
  return {
    repositories: images,
    platforms: parsePlatforms(platforms.join(",")),
    tagSuffix,
    platformTag,
    artifact,
    groupValues,
    tags: [],
    annotations,
    labels: {},
    recordDirectory,
    anchor: "auto",
    anchorHosts,
    source: { revision: event.sha, version: versionOfEvent(event) },
    run,
    allowRollback: false,
  };
}

/**
 * Builds an entry and keeps nothing, as pull requests do, and tests it: without secrets and SSH agents, and reading caches only. What it is
 * built from in this run is built with it.
 * @throws DigestToolsError `io`; WorkflowsError `build-failed`, `test-failed`
 */
export async function tryBuild(
  planned: PlannedBuild,
  { builds, native }: { readonly builds: Pick<PlannedBuilds, "find">; readonly native: string },
  tools: Pick<BuildTools, "docker" | "env" | "shell">,
): Promise<void> {
  const { target, linked } = linkedBases(planned, builds, native);
  const build = { ...planned, target };
  await bake({ ...build, target: { ...unkept(target), output: ["type=cacheonly"] } }, tools.docker, { linked });
  await testLoaded(build, native, tools, linked);
}

/** Builds an entry into a new OCI layout, as it would be pushed. */
export async function exportBuild(
  build: PlannedBuild,
  directory: string,
  { docker, env }: Pick<BuildTools, "docker" | "env">,
): Promise<void> {
  assertCredentials(build, env);
  const attest = [...listOf(build.target["attest"]), ...defaultAttestations(attestTypes(build.target))];
  const { target, inner: linked } = renamedInner(build);
  const exported = { ...target, attest, output: [`type=oci,tar=false,dest=${directory}`] };
  await bake({ ...build, target: exported }, docker, { linked, allowed: [`fs.write=${directory}`] });
}

interface BakeOptions {
  /** Targets that it is linked to. */
  readonly linked?: LinkedBases["linked"];
  /** What bake must be allowed, besides what the targets name. */
  readonly allowed?: readonly string[];
}

async function bake(
  { artifact, target, platforms }: PlannedBuild,
  docker: RunDocker,
  { linked = {}, allowed = [] }: BakeOptions,
): Promise<void> {
  const targets = [target, ...Object.values(linked)];
  const access = targets.some((each) => actionsCaches(each).length > 0) ? "actions-cache" : undefined;
  const { text, overrides } = linkedDefinition({ ...target, platforms }, linked);
  await withFile(text, async (file) => {
    const words = [
      ...[...new Set([...targets.flatMap(allowances), ...targets.flatMap(layoutsOf), ...allowed])].flatMap(
        (entitlement) => ["--allow", entitlement],
      ),
      ...overrides.flatMap((override) => ["--set", override]),
    ];
    const { exitCode } = await docker(["buildx", "bake", "--file", file, ...words, TARGET], "show", access);
    if (exitCode === 0) return;
    throw new WorkflowsError({
      code: "build-failed",
      message: `docker buildx bake ended with exit code ${exitCode} for ${artifact}`,
      fix: "mend what it says above",
    });
  });
}

/** Layouts outside the repository that bases of a rehearsal lie in; those of an entry lie in it. */
function layoutsOf({ contexts }: BakeTarget): readonly string[] {
  return Object.values(isJsonObject(contexts) ? contexts : {}).flatMap((context) => {
    const [, layout] = /^oci-layout:\/\/(\/.*)@/s.exec(String(context)) ?? [];
    return layout === undefined ? [] : [`fs.read=${layout}`];
  });
}

async function withDefinition<T>(build: PlannedBuild, use: (source: BuildSource) => Promise<T>): Promise<T> {
  const { target, inner } = renamedInner(build);
  const { text, overrides: all } = linkedDefinition(target, inner);
  const [overrides, linkedOverrides] = ownOverrides(all);
  const allow = [...new Set([target, ...Object.values(inner)].flatMap(allowances))];
  return withFile(text, (file) => use({ kind: "bake", file, target: TARGET, allow, overrides, linkedOverrides }));
}

async function withFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const directory = makeTemporary("fanfold-build-");
  try {
    const file = join(directory, "bake.json");
    await writeFile(file, text);
    return await use(file);
  } finally {
    removeTemporary(directory);
  }
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
