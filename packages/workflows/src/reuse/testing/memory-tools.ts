import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requestComparison } from "@fanfold/changed-backends";
import { mergeAll, parsePlan, type Store } from "@fanfold/digest-tools";
import { handOver, parsePlatforms, pushLayout, type RunContext } from "@fanfold/digest-tools/internal";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import {
  type GitHubStandIn,
  gitEnvironment,
  type ScratchRepository,
  startGitHubStandIn,
} from "@fanfold-rigs/github-stand-in";
import { familyPaths, readFamily } from "../../config/family.ts";
import { planFamily } from "../../plan/plan-family.ts";
import { IMAGES } from "./model-family.ts";
import { type ModelLeg, type ModelRun, type ModelTools, must } from "./model-run.ts";
import { ModelStore } from "./model-store.ts";
import { stubBuild } from "./stub-build.ts";

const PLACES = ["one.example/m", "two.example/m"];
export const WORKFLOW = "fanfold.yml";

/** Registries in memory; plan, push and merge as functions of this process; GitHub's API before the repository. */
export async function memoryTools(repository: ScratchRepository, scratch: string): Promise<ModelTools> {
  const github = await startGitHubStandIn({
    repository: repository.path,
    owner: "o",
    name: "r",
    defaultBranch: "main",
    workflows: [WORKFLOW],
  });
  const stores = new Map(
    PLACES.flatMap((place) => IMAGES.map(({ name }) => `${place}/${name}`)).map((name) => [name, new ModelStore(name)]),
  );
  const open = (name: string): ModelStore => must(stores.get(name));
  return {
    places: PLACES,
    open,
    plan: async (run, runs, forced) => {
      tellRuns(github, runs);
      const event = join(scratch, `event-${repository.path.split("-").at(-1)}.json`);
      await writeFile(event, JSON.stringify(payloadOf(run)));
      const env = environmentOf(run, { github, event });
      const host = recordingHost({ cwd: repository.path, env });
      const request = await requestComparison({ forceAll: forced }, host);
      const family = await readFamily(request, familyPaths(request.root, host.cwd, {}));
      const { plan } = await planFamily(request, family, {
        env,
        reuse: { signatures: async () => new Map(), withStores: (ask) => ask(open) },
      });
      return plan;
    },
    handOver: (run, image, platform) => handedDigest(run, image, platform, open),
    push: (leg) => pushStub(leg, scratch, open),
    merge: async (run, plan) => {
      await mkdir(run.records, { recursive: true });
      const text = parsePlan(JSON.stringify(plan), "plan.json");
      return mergeAll({ plan: text, recordDirectories: [run.records], run: contextOf(run) }, { openStore: open });
    },
    setDown: async (place, down) => {
      for (const store of stores.values()) if (store.name.startsWith(`${place}/`)) store.down = down;
    },
    deleteTag: async (name, tag) => void open(name).tags.delete(tag),
    deleteManifest: async (name, digest) => void open(name).manifests.delete(digest),
    close: () => github.close(),
  };
}

/** The digest of a base of this run, as its builds are handed it. */
export async function handedDigest(
  run: ModelRun,
  image: string,
  platform: string,
  openStore: (name: string) => Store,
): Promise<string> {
  const plan = parsePlan(JSON.stringify(run.plan), "plan.json");
  const input = { plan, image, platforms: parsePlatforms(platform), recordDirectories: [run.records] };
  return (await handOver({ ...input, run: contextOf(run) }, { openStore })).digest;
}

/** What a build job does with what it has built. */
export async function pushStub(
  { run, group, artifact, platform, layers }: ModelLeg,
  scratch: string,
  openStore: (name: string) => Store,
): Promise<void> {
  const platforms = parsePlatforms(platform);
  const leg = must(group.legs.find((each) => each["artifact-name"] === artifact));
  const image = { layers, platform: must(platforms[0]), nonce: `${run.id} ${artifact}` };
  await stubBuild(scratch, image, (directory) =>
    pushLayout(
      {
        repositories: group.images,
        platforms,
        tagSuffix: "",
        platformTag: leg["platform-tag"] || undefined,
        artifact,
        tags: [],
        labels: {},
        recordDirectory: run.records,
        anchor: "never",
        anchorHosts: [],
        source: { revision: run.commit.sha, version: undefined },
        run: contextOf(run),
        allowRollback: false,
      },
      directory,
      { openStore },
    ),
  );
}

function contextOf({ id }: ModelRun): RunContext {
  return { id: String(id), attempt: 1, server: "https://github.com" };
}

/** What GitHub says of the runs. */
export function tellRuns(github: GitHubStandIn, runs: readonly ModelRun[]): void {
  const STATUS = { plan: "in_progress", build: "in_progress", merge: "in_progress", over: "completed" } as const;
  for (const { id, stage, event, ref, commit } of runs) {
    const branch = ref.replace(/^refs\/(?:heads|tags)\//, "");
    github.setRun({
      id,
      file: WORKFLOW,
      branch,
      sha: commit.sha,
      event: event === "tag" ? "push" : event,
      status: STATUS[stage],
    });
  }
}

export function payloadOf({ ref, before, commit }: ModelRun): object {
  return {
    ref,
    before: before?.sha ?? "0".repeat(40),
    after: commit.sha,
    repository: { full_name: "o/r", default_branch: "main" },
  };
}

interface Surroundings {
  readonly github: GitHubStandIn;
  readonly event: string;
}

export function environmentOf(
  { id, ref, commit }: ModelRun,
  { github, event }: Surroundings,
): Readonly<Record<string, string | undefined>> {
  return {
    ...gitEnvironment(),
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: github.apiUrl,
    GITHUB_EVENT_NAME: "push",
    GITHUB_EVENT_PATH: event,
    GITHUB_REF: ref,
    GITHUB_REPOSITORY: "o/r",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_RUN_ID: String(id),
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_SHA: commit.sha,
    GITHUB_TOKEN: "token",
    GITHUB_WORKFLOW_REF: `o/r/.github/workflows/${WORKFLOW}@${ref}`,
  };
}
