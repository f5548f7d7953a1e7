import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { formatPlatformName, parsePlatformName, platformTexts } from "@fanfold-internal/matrix/platform";

/** One native leg of an entry that names several platforms. */
export interface NativeLeg {
  readonly platform: string;
  readonly platformTag: string;
  /** Undefined: that of the entry, as it is written. */
  readonly runsOn: string | undefined;
}

/** What becomes of an entry. */
export type Decision =
  | { readonly kind: "native" }
  | { readonly kind: "split"; readonly legs: readonly NativeLeg[] }
  | { readonly kind: "left"; readonly reason: string; readonly fix: string };

/** Platform to runner, as in `workflow.runners` of a config. */
export type Runners = Readonly<Record<string, string>>;

/** `image`: what the entry is built for, and how many entries it has. */
export function decideSplit(
  entry: MatrixEntry,
  image: { readonly name: string; readonly entries: number },
  runners: Runners,
): Decision {
  const written = platformTexts(entry["platforms"]) ?? [];
  if (written.length < 2) return { kind: "native" };
  const left = (reason: string, fix: string): Decision => ({ kind: "left", reason, fix });
  if (entry["platform-tag"]) {
    return left(
      `it has a platform-tag already, ${JSON.stringify(entry["platform-tag"])}`,
      "name one platform, or remove the tag",
    );
  }
  if (image.entries > 1) {
    return left(
      `its image ${JSON.stringify(image.name)} has ${image.entries} entries`,
      "split this image by hand: each platform once",
    );
  }
  const legs: NativeLeg[] = [];
  for (const name of written) {
    const platform = parsePlatformName(name);
    if (platform === undefined)
      return left(`${JSON.stringify(name.trim())} is not a platform`, "write os/architecture");
    const normal = formatPlatformName(platform);
    const runner = runnerFor(normal, entry, runners);
    if (runner === undefined) {
      return left(`no runner is known for ${normal}`, `name one in the config: workflow.runners: { ${normal}: … }`);
    }
    const platformTag = [platform.architecture, platform.variant].filter((part) => part !== undefined).join("-");
    legs.push({ platform: normal, platformTag, runsOn: runner.label });
  }
  if (new Set(legs.map(({ platform }) => platform)).size < legs.length) {
    return left("it names a platform twice", "name each platform once");
  }
  return { kind: "split", legs };
}

/** The machine of an entry is amd64, unless its label says otherwise as GitHub's own do. */
function runnerFor(
  platform: string,
  entry: MatrixEntry,
  runners: Runners,
): { readonly label: string | undefined } | undefined {
  const mapped = runners[platform];
  if (mapped !== undefined) return { label: mapped };
  const labels = [entry["runs-on"] ?? ""].flat();
  const arm = labels.some((label) => typeof label === "string" && /(?:^|-)arm(?:64)?$/i.test(label));
  if (platform === "linux/amd64") return arm ? undefined : { label: undefined };
  if (platform === "linux/arm64") return { label: arm ? undefined : "ubuntu-24.04-arm" };
  return undefined;
}
