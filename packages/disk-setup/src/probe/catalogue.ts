import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { DiskSetupError } from "../base/error.ts";

/** What a hosted runner's image brings along and a build of container images seldom needs. */
export interface CatalogueRow {
  /** What `keep` names. */
  readonly id: string;
  /**
   * Absolute paths of directories. A trailing `*` stands for the rest of the last name; `{toolcache}` for
   * `$AGENT_TOOLSDIRECTORY`.
   */
  readonly paths: readonly string[];
  /** Per image (`ImageOS` of the runner) what all paths take together. An image that is missing does not have it. */
  readonly images: Readonly<Record<string, { readonly bytes: number; readonly inodes: number }>>;
  /** What no longer works without it. */
  readonly breaks: string;
}

const ALL = ["ubuntu22", "ubuntu24", "ubuntu26"];

const on = (images: readonly string[], gigabytes: number, inodes: number): CatalogueRow["images"] =>
  Object.fromEntries(images.map((image) => [image, { bytes: gigabytes * 1e9, inodes }]));

/**
 * Sizes are the lower end of what has been seen on x64 images in 2026; inodes are estimates. They decide the order and
 * where a plan stops, nothing else: images change monthly, so the script measures, and goes on when a tree was smaller.
 *
 * Left out on purpose: packages of the distribution (removing them runs apt for minutes), `/opt/runner-cache` (its use is
 * not documented), swap (without it a build that needs much memory is killed), and `/usr/lib/jvm` (other tools run on it).
 */
export const CATALOGUE: readonly CatalogueRow[] = [
  {
    id: "android",
    paths: ["/usr/local/lib/android"],
    images: on(ALL, 9, 150_000),
    breaks: "Android SDK, NDK and emulator (ANDROID_HOME)",
  },
  {
    id: "haskell",
    paths: ["/usr/local/.ghcup", "/opt/ghc", "/opt/cabal"],
    images: { ...on(["ubuntu22", "ubuntu24"], 5.5, 40_000), ...on(["ubuntu26"], 4, 30_000) },
    breaks: "ghc, cabal, stack, ghcup",
  },
  {
    id: "swift",
    paths: ["/usr/share/swift"],
    images: { ...on(["ubuntu22"], 2.5, 12_000), ...on(["ubuntu24"], 3.2, 14_000) },
    breaks: "swift, swiftc",
  },
  {
    id: "dotnet",
    paths: ["/usr/share/dotnet", "/usr/lib/dotnet"],
    images: on(ALL, 2, 35_000),
    breaks: "dotnet, and pwsh where it runs on it",
  },
  {
    id: "codeql",
    paths: ["{toolcache}/CodeQL"],
    images: on(ALL, 1.7, 15_000),
    breaks: "github/codeql-action downloads its bundle again",
  },
  {
    id: "toolcache",
    paths: [
      "{toolcache}/Java_*",
      "{toolcache}/PyPy",
      "{toolcache}/Python",
      "{toolcache}/Ruby",
      "{toolcache}/go",
      "{toolcache}/node",
    ],
    images: on(ALL, 4, 160_000),
    breaks: "actions/setup-go, -java, -node, -python and ruby/setup-ruby download what they found there",
  },
  {
    id: "browsers",
    paths: ["/opt/google/chrome", "/opt/microsoft/msedge", "/usr/lib/firefox", "/usr/local/share/chromium"],
    images: on(ALL, 1.6, 4_000),
    breaks: "Chrome, Chromium, Edge, Firefox",
  },
  {
    id: "azure",
    paths: ["/opt/az", "/usr/share/az_*"],
    images: on(ALL, 1, 45_000),
    breaks: "az, and the Az modules of PowerShell",
  },
  {
    id: "aws",
    paths: ["/usr/local/aws-cli", "/usr/local/aws-sam-cli"],
    images: on(ALL, 0.4, 20_000),
    breaks: "aws, sam",
  },
  {
    id: "gcloud",
    paths: ["/usr/lib/google-cloud-sdk"],
    images: on(["ubuntu22", "ubuntu24"], 0.9, 30_000),
    breaks: "gcloud, gsutil, bq",
  },
  {
    id: "julia",
    paths: ["/usr/local/julia*"],
    images: on(ALL, 0.8, 4_000),
    breaks: "julia",
  },
  {
    id: "powershell",
    paths: ["/usr/local/share/powershell"],
    images: on(ALL, 0.8, 12_000),
    breaks: "the modules of PowerShell that come with the image",
  },
  {
    id: "miniconda",
    paths: ["/usr/share/miniconda"],
    images: on(ALL, 0.6, 25_000),
    breaks: "conda",
  },
  {
    id: "vcpkg",
    paths: ["/usr/local/share/vcpkg"],
    images: on(ALL, 0.2, 18_000),
    breaks: "vcpkg",
  },
];

/** What `keep` accepts: the catalogue's rows, and the images that Docker holds. */
const KEEPABLE: readonly string[] = [...CATALOGUE.map((row) => row.id), "images"];

/** A tree that is being deleted is first moved aside under this ending, so that it is gone as a whole. */
export const ASIDE = ".disk-setup-deleted";

/**
 * Names of the catalogue's rows, and `images`.
 *
 * @throws DiskSetupError `keep-unknown`: sparing nothing by a typing error would delete what the job uses
 */
export function checkKeep(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (KEEPABLE.includes(name)) continue;
    throw new DiskSetupError({
      code: "keep-unknown",
      message: `expected one of ${KEEPABLE.join(", ")}, found "${name}"${didYouMean(name, KEEPABLE)}`,
      fix: "name what the job uses by these words",
    });
  }
  return names;
}
