import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Stores } from "@fanfold/digest-tools";
import { type ScratchRepository, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import { type RunningRegistry, startRegistry } from "@fanfold-rigs/testbed";
import { runFanfold } from "../../testing/run-fanfold.ts";
import { environmentOf, handedDigest, payloadOf, pushStub, tellRuns, WORKFLOW } from "./memory-tools.ts";
import { type ModelTools, must } from "./model-run.ts";

const DIGEST_TOOLS = fileURLToPath(new URL("../../../../digest-tools/bin/digest-tools.js", import.meta.url));

/** Two real registries; `fanfold plan` and `digest-tools merge-all` as people have them. */
export async function registryTools(repository: ScratchRepository, scratch: string): Promise<ModelTools> {
  const github = await startGitHubStandIn({
    repository: repository.path,
    owner: "o",
    name: "r",
    defaultBranch: "main",
    workflows: [WORKFLOW],
  });
  const folder = await mkdtemp(join(scratch, "registries-"));
  const registries = new Map<string, { readonly registry: RunningRegistry; readonly storageDir: string }>();
  for (const name of ["one", "two"]) {
    const storageDir = join(folder, name);
    await mkdir(storageDir);
    const registry = await startRegistry({ auth: "none", storageDir });
    registries.set(`${registry.host}/m`, { registry, storageDir });
  }
  // Each look is a new one: stores remember what they have read by its digest, which may have been deleted since.
  const opened: Stores[] = [];
  const open = (name: string) => {
    const stores = new Stores({ env: { HOME: folder } });
    opened.push(stores);
    return stores.open(name);
  };
  /** Of a repository on its registry's disk. */
  const manifestsOf = (name: string): string => {
    const place = name.slice(0, name.lastIndexOf("/"));
    const path = name.slice(name.indexOf("/") + 1);
    const { storageDir } = must(registries.get(place));
    return join(storageDir, "data", "docker", "registry", "v2", "repositories", path, "_manifests");
  };
  return {
    places: [...registries.keys()],
    open,
    plan: async (run, runs, forced) => {
      tellRuns(github, runs);
      const event = join(folder, "event.json");
      await writeFile(event, JSON.stringify(payloadOf(run)));
      const env = { ...environmentOf(run, { github, event }), HOME: folder, ...(forced ? { FORCE_ALL: "true" } : {}) };
      const { code, stdout, stderr } = await runFanfold(["plan", "--json"], { cwd: repository.path, env });
      if (code !== 0) throw new Error(`fanfold plan ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    handOver: (run, image, platform) => handedDigest(run, image, platform, open),
    push: (leg) => pushStub(leg, scratch, open),
    merge: async (run, plan) => {
      await mkdir(run.records, { recursive: true });
      const file = join(run.records, "..", `plan-${run.id}-${folder.split("-").at(-1)}.json`);
      await writeFile(file, JSON.stringify(plan));
      const args = [
        DIGEST_TOOLS,
        "merge-all",
        "--plan",
        file,
        "--record-dir",
        run.records,
        "--timeout",
        "5s",
        "--json",
      ];
      const env = { ...environmentOf(run, { github, event: "" }), HOME: folder };
      const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 2 ** 26 }).catch(
        (error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? "" }),
      );
      return JSON.parse(stdout).groups;
    },
    setDown: async (place, down) => {
      const { registry } = must(registries.get(place));
      await (down ? registry.kill() : registry.restart());
    },
    deleteTag: (name, tag) => rm(join(manifestsOf(name), "tags", tag), { recursive: true, force: true }),
    deleteManifest: (name, digest) =>
      rm(join(manifestsOf(name), "revisions", ...digest.split(":")), { recursive: true, force: true }),
    close: async () => {
      await Promise.all(opened.map((stores) => stores.close()));
      for (const { registry } of registries.values()) await registry.stop();
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
