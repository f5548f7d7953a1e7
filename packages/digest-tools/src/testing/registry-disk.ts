import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * One repository of a docker-registry as it lies on its disk: what it would serve, seen without asking it and without any
 * code of this package.
 */
export class RegistryDisk {
  readonly #root: string;
  readonly #repository: string;

  /** `storageDir` as the registry was started with. */
  constructor(storageDir: string, repository: string) {
    this.#root = join(storageDir, "data", "docker", "registry", "v2");
    this.#repository = join(this.#root, "repositories", repository);
  }

  /** The digest that a tag stands for; undefined: there is no such tag. */
  async tag(name: string): Promise<string | undefined> {
    return text(join(this.#repository, "_manifests", "tags", name, "current", "link"));
  }

  /** All tags and what they stand for, sorted; one that the registry is still writing is not among them. */
  async tags(): Promise<Readonly<Record<string, string>>> {
    const names = await readdir(join(this.#repository, "_manifests", "tags")).catch(() => []);
    const found = await Promise.all(
      names.toSorted().map(async (name) => [name, (await this.tag(name)) ?? ""] as const),
    );
    return Object.fromEntries(found.filter(([, digest]) => digest !== ""));
  }

  /** What an image names and this repository lacks, down to the last blob; empty: the image is complete. */
  async lacking(digest: string): Promise<readonly string[]> {
    const [algorithm = "", hex = ""] = digest.split(":");
    const known = await text(join(this.#repository, "_manifests", "revisions", algorithm, hex, "link"));
    const body = await text(join(this.#root, "blobs", algorithm, hex.slice(0, 2), hex, "data"));
    if (known !== digest || body === undefined) return [digest];
    const { manifests = [], config, layers = [] } = JSON.parse(body);
    const children = await Promise.all(manifests.map((child: { digest: string }) => this.lacking(child.digest)));
    const blobs = [...(config === undefined ? [] : [config]), ...layers].map((one: { digest: string }) => one.digest);
    const absent = await Promise.all(blobs.map(async (blob) => ((await this.#hasLayer(blob)) ? [] : [blob])));
    return [...children, ...absent].flat();
  }

  async #hasLayer(digest: string): Promise<boolean> {
    const link = join(this.#repository, "_layers", ...digest.split(":"), "link");
    return (await text(link)) === digest;
  }
}

async function text(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
