import { expectedLayers, IMAGES, modelImage, type Sources } from "./model-family.ts";
import { builtImages, isTouched, type ModelCommit, type ModelRun, type ModelTools } from "./model-run.ts";
import { type Layers, readStandingImage, type Standing } from "./stub-build.ts";

type Reported = Awaited<ReturnType<ModelTools["merge"]>>;

/** Holds what happens against what must be so: what is found to be otherwise is said. */
export class ModelWatch {
  /** Places whose registry is down. */
  readonly down: Set<string> = new Set();
  readonly #tools: ModelTools;
  readonly #say: (broken: string) => void;
  /** The newest run that was to publish an image under a moving tag and has ended well, by `image:tag`. */
  readonly #floor = new Map<string, number>();
  /** Run ids that tags had, by `repository:tag`. */
  readonly #seen = new Map<string, number>();
  /** Runs that were planned while a registry was down. */
  readonly #blind = new Set<number>();
  /**
   * Images that such a run of a push has published, and its id: it could not say what it built them on, so that they are built
   * once more, until a newer one has published them.
   */
  readonly #doubtful = new Map<string, number>();
  /** Releases whose runs ended well, and images of which nothing was taken away since. */
  readonly #released: { readonly tag: string; readonly commit: ModelCommit; readonly images: Set<string> }[] = [];

  constructor(tools: ModelTools, say: (broken: string) => void) {
    this.#tools = tools;
    this.#say = say;
  }

  /** What stands under a tag in a place, or under a digest. */
  async read(image: string, place: string, tag: string): Promise<Standing | undefined> {
    return readStandingImage(this.#tools.open(`${place}/${image}`), tag);
  }

  /** Images that are published as this commit would build them, everywhere and whole. */
  async whole(sources: Sources): Promise<ReadonlySet<string>> {
    const whole = new Set<string>();
    if (this.down.size > 0) return whole;
    for (const { name } of IMAGES) {
      const wanted = expectedLayers(name, sources).join();
      const found = await Promise.all(
        this.#tools.places.map((place) => this.read(name, place, "main").catch(() => undefined)),
      );
      const isWhole = found.every(
        (each) => each !== undefined && [...each.layers.values()].every((layers) => layers.join() === wanted),
      );
      if (isWhole && new Set(found.map((each) => each?.digest)).size === 1) whole.add(name);
    }
    return whole;
  }

  /** Nothing is built that is published as it is, nor what an earlier run may build. @param whole - as before the plan */
  planned(run: ModelRun, whole: ReadonlySet<string>, open: readonly ModelRun[]): void {
    if (this.down.size > 0) {
      this.#blind.add(run.id);
      return;
    }
    const building = new Set(run.plan === undefined ? [] : builtImages(run.plan));
    const inFlight = open.some(({ id, event }) => id < run.id && event === "push");
    for (const image of building) {
      if (modelImage(image).bases.some((base) => building.has(base))) continue;
      if (whole.has(image) && !this.#doubtful.has(image)) {
        this.#say(`run ${run.id} builds ${image}, which is published as it is`);
      }
      const isSelected = run.event === "tag" || run.before === undefined || isTouched(image, run.before, run.commit);
      const isBase = IMAGES.some(({ name, bases }) => building.has(name) && bases.includes(image));
      if (inFlight && !isSelected && !isBase) {
        this.#say(`run ${run.id} builds ${image}, which an earlier run may build`);
      }
    }
  }

  /** No tag goes back, and none is older than a newer run that has ended. */
  async merged(run: ModelRun, reports: Reported): Promise<void> {
    const refused = new Set(reports.flatMap(({ image, verdict }) => (verdict === "refused" ? [image] : [])));
    for (const { image } of reports) {
      // A release publishes under tags of its own.
      if (refused.has(image) || run.event === "tag") continue;
      if (this.#blind.has(run.id)) this.#doubtful.set(image, run.id);
      else if (run.id > (this.#doubtful.get(image) ?? 0)) this.#doubtful.delete(image);
    }
    for (const { name } of IMAGES) {
      if (refused.has(name)) continue;
      if (run.before !== undefined && !isTouched(name, run.before, run.commit)) continue;
      const moved = `${name}:${run.event === "tag" ? "latest" : "main"}`;
      this.#floor.set(moved, Math.max(run.id, this.#floor.get(moved) ?? 0));
    }
    if (run.event === "tag" && refused.size === 0) {
      const images = new Set(IMAGES.map(({ name }) => name));
      this.#released.push({ tag: run.ref.slice("refs/tags/".length), commit: run.commit, images });
    }
    if (this.down.size === 0) await this.#lookAtTags();
  }

  /** Nothing says any more who came last. */
  lostTag(image: string, place: string): void {
    this.#seen.delete(`${place}/${image}:main`);
    this.#floor.delete(`${image}:main`);
  }

  lostChild(image: string): void {
    for (const { images } of this.#released) images.delete(image);
  }

  /** When all is quiet: what is published is what the head is, on the bases that its key names, and releases are whole. */
  async quiet(head: ModelCommit, keys: ReadonlyMap<string, string | null>): Promise<void> {
    for (const { name, architectures } of IMAGES) {
      const key = keys.get(name) ?? null;
      if (key === null) this.#say(`nobody knows the key of ${name}`);
      const platforms = (architectures.length === 0 ? ["amd64"] : architectures).map((arch) => `linux/${arch}`);
      await this.#lookAt(name, "main", platforms, { layers: expectedLayers(name, head.sources), key });
      for (const { tag, commit, images } of this.#released) {
        if (!images.has(name)) continue;
        await this.#lookAt(name, tag, platforms, { layers: expectedLayers(name, commit.sources), key: undefined });
      }
    }
  }

  async #lookAtTags(): Promise<void> {
    for (const { name } of IMAGES) {
      for (const place of this.#tools.places) {
        for (const tag of ["main", "latest"]) {
          const key = `${place}/${name}:${tag}`;
          const manifest = await this.#tools.open(`${place}/${name}`).getManifest(tag);
          if (manifest === undefined) continue;
          const { annotations = {} } = JSON.parse(Buffer.from(manifest.bytes).toString());
          const run = Number(annotations["io.github.fanfold.run-id"] ?? 0);
          const before = this.#seen.get(key) ?? 0;
          if (run < before) this.#say(`${key} goes back from run ${before} to run ${run}`);
          this.#seen.set(key, run);
          const floor = this.#floor.get(`${name}:${tag}`) ?? 0;
          if (run < floor) this.#say(`${key} is of run ${run}, though run ${floor} has ended`);
        }
      }
    }
  }

  async #lookAt(
    image: string,
    tag: string,
    platforms: readonly string[],
    expected: { readonly layers: Layers; readonly key: string | null | undefined },
  ): Promise<void> {
    const digests = new Set<string>();
    for (const place of this.#tools.places) {
      const where = `${place}/${image}:${tag}`;
      const found = await this.read(image, place, tag).catch((error: unknown) => String(error));
      if (typeof found === "string" || found === undefined) {
        this.#say(`${where}: ${found ?? "is missing"}`);
        continue;
      }
      digests.add(found.digest);
      const key = found.annotations["io.github.fanfold.content-key"];
      const version = found.annotations["org.opencontainers.image.version"];
      if (version !== tag) this.#say(`${where} says that it is ${version}`);
      if (expected.key !== undefined && key !== expected.key)
        this.#say(`${where} has the key ${key}, expected ${expected.key}`);
      for (const platform of platforms) {
        const layers = found.layers.get(platform)?.join(", ");
        const wanted = expected.layers.join(", ");
        if (layers !== wanted) this.#say(`${where} (${platform}) is [${layers}], expected [${wanted}]`);
      }
    }
    if (digests.size > 1) this.#say(`${image}:${tag} differs from place to place`);
  }
}
