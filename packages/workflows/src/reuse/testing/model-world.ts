import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ScratchRepository } from "@fanfold-rigs/github-stand-in";
import type { Plan, PlannedGroup } from "../../plan/plan.ts";
import { rehearsedRounds } from "../../rehearse/build/builds.ts";
import { FIRST_SOURCES, familyFiles, filesOf, IMAGES, layerOf, type Source, type Sources } from "./model-family.ts";
import { builtImages, type ModelCommit, type ModelRun, type ModelTools, must, publishedAgain } from "./model-run.ts";
import { ModelWatch } from "./model-watch.ts";
import type { Standing } from "./stub-build.ts";

/** What can happen. `at`, `image`, `place` count from 0 and wrap around. */
export type ModelOp =
  | { readonly kind: "push"; readonly change: "text" | "mode" | "revert" | "nothing"; readonly image: number }
  | { readonly kind: "release" }
  /** The next stage of a run that is not over: plan, builds, merge. */
  | { readonly kind: "step"; readonly at: number; readonly fails: number | null }
  | { readonly kind: "cancel"; readonly at: number }
  | { readonly kind: "delete-tag"; readonly image: number; readonly place: number }
  | { readonly kind: "delete-child"; readonly image: number; readonly place: number }
  | { readonly kind: "down"; readonly place: number }
  | { readonly kind: "up" };

/** A repository, its registries, and the runs of its workflow. */
export class ModelWorld implements AsyncDisposable {
  readonly repository: ScratchRepository;
  readonly runs: ModelRun[] = [];
  readonly commits: ModelCommit[] = [];
  /** What an invariant found, in the order in which it did. */
  readonly broken: string[] = [];
  readonly log: string[] = [];
  readonly #tools: ModelTools;
  readonly #scratch: string;
  readonly #watch: ModelWatch;
  #releases = 0;
  #notes = 0;

  private constructor(repository: ScratchRepository, tools: ModelTools, scratch: string) {
    this.repository = repository;
    this.#tools = tools;
    this.#scratch = scratch;
    this.#watch = new ModelWatch(tools, (what) => {
      this.broken.push(what);
      this.log.push(`  BROKEN: ${what}`);
    });
  }

  /** Everything is built and published once. */
  static async create(
    scratch: string,
    makeTools: (repository: ScratchRepository) => Promise<ModelTools>,
  ): Promise<ModelWorld> {
    const repository = await ScratchRepository.create(await mkdtemp(join(scratch, "repository-")));
    const tools = await makeTools(repository);
    const world = new ModelWorld(repository, tools, scratch);
    await world.#commit(FIRST_SOURCES, familyFiles(tools.places));
    await world.#newRun("push", "refs/heads/main", undefined);
    await world.finish(0);
    return world;
  }

  get head(): ModelCommit {
    return must(this.commits.at(-1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tools.close?.();
    await this.repository.remove();
  }

  async apply(op: ModelOp): Promise<void> {
    this.log.push(JSON.stringify(op));
    const image = "image" in op ? must(IMAGES[op.image % IMAGES.length]).name : "";
    const places = this.#tools.places;
    const place = "place" in op ? must(places[op.place % places.length]) : "";
    switch (op.kind) {
      case "push":
        await this.push(this.#changed(op.change, image));
        break;
      case "release":
        await this.release();
        break;
      case "step":
        await this.step(op.at, op.fails);
        break;
      case "cancel": {
        const run = this.#open[op.at % Math.max(1, this.#open.length)];
        if (run !== undefined) run.stage = "over";
        break;
      }
      case "delete-tag":
        if (!this.#watch.down.has(place)) await this.deleteTag(image, place);
        break;
      case "delete-child":
        if (!this.#watch.down.has(place)) await this.#deleteChild(image, place);
        break;
      case "down":
        this.#watch.down.add(place);
        await this.#tools.setDown(place, true);
        break;
      case "up":
        await this.#allUp();
        break;
    }
  }

  /** A push of these sources; of nothing that counts where they are the same. */
  async push(sources: Sources): Promise<ModelRun> {
    const before = this.head;
    await this.#commit(sources, {});
    return this.#newRun("push", "refs/heads/main", before);
  }

  async release(): Promise<ModelRun> {
    const tag = `v1.0.${this.#releases++}`;
    await this.repository.tag(tag, this.head.sha);
    return this.#newRun("tag", `refs/tags/${tag}`, undefined);
  }

  async deleteTag(image: string, place: string): Promise<void> {
    await this.#tools.deleteTag(`${place}/${image}`, "main");
    this.#watch.lostTag(image, place);
  }

  /** One more stage of a run that is not over; `fails`: one of its builds does. */
  async step(at: number, fails: number | null): Promise<void> {
    const open = this.#open;
    const run = open[at % Math.max(1, open.length)];
    if (run === undefined) return;
    if (run.stage === "plan" || run.plan === undefined) await this.#plan(run);
    else if (run.stage === "build") await this.#build(run, run.plan, fails);
    else await this.#merge(run, run.plan);
  }

  /** All stages of the run at this place among those that are not over. */
  async finish(at: number): Promise<void> {
    const open = this.#open;
    const run = open[at % Math.max(1, open.length)];
    while (run !== undefined && run.stage !== "over") await this.step(this.#open.indexOf(run), null);
  }

  /** Ends what is under way, in this order, then pushes once more, and looks at everything. */
  async settle(order: readonly number[]): Promise<void> {
    await this.#allUp();
    for (const at of order) {
      if (this.#open.length === 0) break;
      await this.finish(at);
    }
    while (this.#open.length > 0) await this.finish(0);
    await this.push(this.head.sources);
    await this.finish(0);
    await this.#watch.quiet(this.head, await this.headKeys());
  }

  async read(image: string, place: string, tag = "main"): Promise<Standing | undefined> {
    return this.#watch.read(image, place, tag);
  }

  /** Keys of the head as a build of everything would write them. */
  async headKeys(): Promise<ReadonlyMap<string, string | null>> {
    const run = this.#describe("push", "refs/heads/main", this.head);
    const { groups } = await this.#tools.plan({ ...run, before: this.head }, this.runs, true);
    return new Map(groups.map((group) => [group.image, group["content-key"]]));
  }

  get #open(): ModelRun[] {
    return this.runs.filter(({ stage }) => stage !== "over");
  }

  #changed(change: "text" | "mode" | "revert" | "nothing", image: string): Sources {
    const { sources } = this.head;
    const own = must(sources[image]);
    const before = this.commits.findLast((commit) => must(commit.sources[image]) !== own)?.sources[image];
    const next: Record<typeof change, Source> = {
      text: { ...own, text: own.text + 1 + this.commits.length * 10 },
      mode: { ...own, executable: !own.executable },
      revert: before ?? own,
      nothing: own,
    };
    return { ...sources, [image]: next[change] };
  }

  async #commit(sources: Sources, more: ReturnType<typeof familyFiles>): Promise<void> {
    const sha = await this.repository.commit({ files: { ...more, ...filesOf(sources, this.#notes++) } });
    this.commits.push({ sha, sources });
  }

  #describe(event: ModelRun["event"], ref: string, commit: ModelCommit): ModelRun {
    const id = this.runs.length + 1;
    const records = join(this.#scratch, `records-${this.repository.path.split("-").at(-1)}-${id}`);
    return { id, event, ref, before: undefined, commit, stage: "plan", plan: undefined, records };
  }

  async #newRun(event: ModelRun["event"], ref: string, before: ModelCommit | undefined): Promise<ModelRun> {
    const run = { ...this.#describe(event, ref, this.head), before };
    this.runs.push(run);
    return run;
  }

  async #plan(run: ModelRun): Promise<void> {
    const whole = await this.#watch.whole(run.commit.sources);
    run.plan = await this.#tools.plan(run, this.runs, false);
    run.stage = "build";
    this.log.push(`  run ${run.id} builds [${builtImages(run.plan).join()}] ${publishedAgain(run.plan).join(", ")}`);
    this.#watch.planned(run, whole, this.#open);
  }

  async #build(run: ModelRun, plan: Plan, fails: number | null): Promise<void> {
    run.stage = "merge";
    const artifacts = rehearsedRounds(plan).flat();
    const failing = fails === null ? undefined : artifacts[fails % artifacts.length];
    for (const artifact of artifacts) {
      const group = plan.groups.find(({ legs }) => legs.some((leg) => leg["artifact-name"] === artifact));
      if (group === undefined || artifact === failing) continue;
      try {
        await this.#buildLeg(run, plan, group, artifact);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        this.log.push(`  run ${run.id}: ${artifact} fails: ${error.message.slice(0, 100)}`);
      }
    }
  }

  async #buildLeg(run: ModelRun, plan: Plan, group: PlannedGroup, artifact: string): Promise<void> {
    const leg = must(group.legs.find((each) => each["artifact-name"] === artifact));
    const layers: string[] = [];
    for (const base of plan.bases[artifact] ?? []) {
      const [place = ""] = this.#tools.places;
      const digest = base.selected
        ? await this.#tools.handOver(run, base.image, leg.platform)
        : (base.digest?.[`${place}/${base.image}`] ?? "main");
      const found = await this.read(base.image, place, digest);
      const own = found?.layers.get(leg.platform);
      if (own === undefined) throw new Error(`no ${base.image} for ${leg.platform}`);
      layers.push(...own);
    }
    layers.push(layerOf(group.image, must(run.commit.sources[group.image])));
    await this.#tools.push({ run, plan, group, artifact, platform: leg.platform, layers });
  }

  async #merge(run: ModelRun, plan: Plan): Promise<void> {
    const reports = plan.groups.length === 0 ? [] : await this.#tools.merge(run, plan);
    run.stage = "over";
    this.log.push(`  run ${run.id} merges ${reports.map(({ image, verdict }) => `${image}:${verdict}`).join()}`);
    await this.#watch.merged(run, reports);
  }

  async #deleteChild(image: string, place: string): Promise<void> {
    const found = await this.read(image, place).catch(() => undefined);
    const child = found?.children[0];
    if (child === undefined) return;
    await this.#tools.deleteManifest(`${place}/${image}`, child);
    this.#watch.lostChild(image);
  }

  async #allUp(): Promise<void> {
    for (const place of this.#watch.down) await this.#tools.setDown(place, false);
    this.#watch.down.clear();
  }

  async cleanUp(): Promise<void> {
    for (const { records } of this.runs) await rm(records, { recursive: true, force: true });
  }
}
