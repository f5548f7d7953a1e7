import { asCount, asString, objectIn } from "./answers.ts";
import type { System } from "./system.ts";

const SECONDS = 20;
const FORMAT = `{"id":{{json .Id}},"tags":{{json .RepoTags}},"size":{{json .Size}},"tagged":{{json .Metadata.LastTagTime}}}`;

/**
 * Images that no container uses and that were tagged before this machine booted: they came with the runner's image. One
 * whose time of tagging is not known (pulled by digest, say) may be what a step of this job has pulled, and is not counted.
 *
 * @returns their names, and their sizes added up (layers that they share are counted more than once)
 */
export async function findPreinstalled(
  system: System,
): Promise<{ readonly images: readonly string[]; readonly bytes: number } | undefined> {
  const booted = Number(/^btime (\d+)$/m.exec(system.read("/proc/stat") ?? "")?.[1]) * 1000;
  const ids = [...new Set(await lines(system, ["image", "ls", "--quiet", "--no-trunc"]))];
  if (!(booted > 0) || ids.length === 0) return undefined;
  const containers = await lines(system, ["ps", "--all", "--quiet", "--no-trunc"]);
  const used =
    containers.length === 0 ? [] : await lines(system, ["inspect", "--format", "{{.Image}}", "--", ...containers]);
  const images: string[] = [];
  let bytes = 0;
  for (const line of await lines(system, ["image", "inspect", "--format", FORMAT, "--", ...ids])) {
    const image = objectIn(line);
    const tagged = Date.parse(asString(image?.["tagged"]) ?? "");
    const tags = image?.["tags"];
    // The year 1 stands for "never".
    if (!(tagged > 0 && tagged < booted) || !Array.isArray(tags) || tags.length === 0) continue;
    if (used.includes(asString(image?.["id"]) ?? "")) continue;
    images.push(...tags.flatMap((tag) => asString(tag) ?? []));
    bytes += asCount(image?.["size"]);
  }
  return images.length === 0 ? undefined : { images: images.toSorted(), bytes };
}

/** Running containers that buildx has made to build in. */
export async function findBuilders(system: System): Promise<readonly string[]> {
  const names = await lines(system, ["ps", "--format", "{{.Names}}"]);
  return names.filter((name) => name.startsWith("buildx_buildkit_"));
}

async function lines(system: System, args: readonly string[]): Promise<string[]> {
  const answer = await system.run("docker", args, SECONDS);
  if (answer.kind !== "ended" || answer.code !== 0) return [];
  return answer.stdout.split("\n").filter((line) => line !== "");
}
