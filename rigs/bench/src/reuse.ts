import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gitEnvironment, ScratchRepository, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import { type Measured, measure } from "./process/measure.ts";

/** One plan of a push, as a whole process, and what it asked registries. */
export interface ReuseResult extends Measured {
  readonly name: string;
  readonly requests: number;
  /** What the step summary says of what is published; empty: nobody asked. */
  readonly published: string;
}

const run = promisify(execFile);
const FANFOLD = fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url));
const IMAGES = 400;
const DELAY_MS = 5;

type Mood = "answers" | "hangs" | "refuses" | "fails-half" | "slow";

/** What a push of one file costs where 400 images are published, and where registries are in a bad mood. */
export async function benchReuse(): Promise<readonly ReuseResult[]> {
  await using repository = await ScratchRepository.create();
  await using registry = await Registry.start();
  const matrix = Array.from({ length: IMAGES }, (_, index) => {
    const name = `image-${String(index).padStart(3, "0")}`;
    const entry = `backend: ${name}, context: ${name}, dockerfile: ${name}/Dockerfile`;
    return ["amd64", "arm64"].map((arch) => `  - { ${entry}, platforms: linux/${arch}, platform-tag: ${arch} }\n`);
  });
  const names = Array.from({ length: IMAGES }, (_, index) => `image-${String(index).padStart(3, "0")}`);
  const before = await repository.commit({
    files: {
      ".github/backend-matrix.yml": `include:\n${matrix.flat().join("")}`,
      ".github/fanfold.yml": `images: ["${registry.host}/bench/{image}"]\nreuse: published\nworkflow: { branches: [main] }\n`,
      ...Object.fromEntries(
        names.flatMap((name) => [
          [`${name}/Dockerfile`, "FROM scratch\nCOPY file /\n"],
          [`${name}/file`, name],
        ]),
      ),
    },
  });
  const after = await repository.commit({ files: { "image-007/file": "changed" } });
  await repository.checkout(after);
  await using standIn = await startGitHubStandIn({ repository: repository.path, owner: "octo", name: "images" });
  const directory = mkdtempSync(join(tmpdir(), "fanfold-bench-"));
  try {
    const [eventPath, output, summary] = ["event.json", "output", "summary"].map((file) => join(directory, file));
    if (eventPath === undefined || output === undefined || summary === undefined) throw new Error("three files");
    const ref = "refs/heads/main";
    writeFileSync(eventPath, JSON.stringify({ ref, before, after, repository: { full_name: "octo/images" } }));
    const env = {
      ...gitEnvironment(),
      PATH: process.env["PATH"],
      GITHUB_API_URL: standIn.apiUrl,
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: eventPath,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_REF: ref,
      GITHUB_REPOSITORY: "octo/images",
      GITHUB_SHA: after,
      GITHUB_TOKEN: "bench",
    };
    const plan = async (name: string, ...args: readonly string[]): Promise<ReuseResult> => {
      for (const file of [output, summary]) writeFileSync(file, "");
      registry.requests = 0;
      const inside = ["-c", 'cd "$0" && exec "$@"', repository.path, process.execPath, FANFOLD, "plan", ...args];
      const measured = await measure("bash", inside, env);
      const [, published = ""] = /published: ([^`]*)/.exec(readFileSync(summary, "utf8")) ?? [];
      return { name, ...measured, requests: registry.requests, published };
    };
    await plan("", "--reuse", "off");
    const off = await plan("nobody asks", "--reuse", "off");
    // What would be built now is what is published.
    registry.keys = await keysOf(repository.path, env);
    const results = [off];
    for (const mood of ["answers", "slow", "hangs", "refuses", "fails-half"] as const) {
      registry.mood = mood;
      results.push(await plan(MOODS[mood]));
    }
    return results;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const MOODS: Readonly<Record<Mood, string>> = {
  answers: `each request takes ${DELAY_MS} ms`,
  slow: "each request takes 300 ms",
  hangs: "no request is answered",
  refuses: "each request is a 401",
  "fails-half": "each second image is a 500",
};

export function printReuse(results: readonly ReuseResult[]): void {
  process.stdout.write(
    `  ${IMAGES} images of 2 legs with attestations, one changed file; fanfold plan, whole process\n`,
  );
  for (const { name, seconds, peakMiB, requests, published } of results) {
    const figures = `${seconds.toFixed(2).padStart(6)} s  ${String(requests).padStart(5)} requests  ${peakMiB.toFixed(0).padStart(4)} MiB`;
    process.stdout.write(`  ${name.padEnd(30)} ${figures}  ${published}\n`);
  }
}

/** The content keys of all images, as a plan that builds everything says them. */
async function keysOf(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await run(process.execPath, [FANFOLD, "plan", "--force-all", "--json", "--reuse", "published"], {
    cwd,
    env: { ...env, GITHUB_OUTPUT: "", GITHUB_STEP_SUMMARY: "" },
    maxBuffer: 64 * 1024 * 1024,
  });
  const { groups }: { readonly groups: readonly { readonly image: string; readonly "content-key": string }[] } =
    JSON.parse(stdout);
  return new Map(groups.map((group) => [group.image, group["content-key"]]));
}

const INDEX = "application/vnd.oci.image.index.v1+json";

/** A registry whose images are all published, with the keys that it is told. */
class Registry implements AsyncDisposable {
  keys: ReadonlyMap<string, string> = new Map();
  mood: Mood = "answers";
  requests = 0;
  readonly #server = createServer((request, response) => {
    this.requests += 1;
    this.#answer(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<Registry> {
    const registry = new Registry();
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    return `127.0.0.1:${address.port}`;
  }

  async #answer({ method, url = "" }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.mood === "hangs") return;
    await sleep(this.mood === "slow" ? 300 : DELAY_MS);
    const [, image = "", reference = ""] = /^\/v2\/bench\/([^/]+)\/manifests\/(.+)$/.exec(url) ?? [];
    if (this.mood === "refuses") return void response.writeHead(401).end();
    if (this.mood === "fails-half" && Number(image.slice(-1)) % 2 === 1) return void response.writeHead(500).end();
    const text = reference.startsWith("sha256:") ? "x" : this.#index(image);
    const digest = reference.startsWith("sha256:") ? reference : digestOf(text);
    response.writeHead(200, {
      "content-type": INDEX,
      "content-length": Buffer.byteLength(text),
      "docker-content-digest": digest,
    });
    response.end(method === "HEAD" ? undefined : text);
  }

  #index(image: string): string {
    const manifests = [0, 1, 2, 3].map((child) => ({
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: digestOf(`${image} ${child}`),
      size: 1234,
      platform: {
        architecture: child < 2 ? ["amd64", "arm64"][child] : "unknown",
        os: child < 2 ? "linux" : "unknown",
      },
    }));
    const annotations = {
      "io.github.fanfold.content-key": this.keys.get(image) ?? "",
      "io.github.fanfold.run-id": "1",
      "org.opencontainers.image.revision": "0".repeat(40),
    };
    return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests, annotations });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
