import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { DiskSetupError } from "../base/error.ts";

/** Software of a hosted runner's image that builds of container images seldom need. */
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
  /** Deleted only when `--also` names it: more than its own tools may need it. */
  readonly optIn?: true;
}

const ALL = ["ubuntu22", "ubuntu24", "ubuntu26"];

const on = (images: readonly string[], gigabytes: number, inodes: number): CatalogueRow["images"] =>
  Object.fromEntries(images.map((image) => [image, { bytes: gigabytes * 1e9, inodes }]));

/**
 * Sizes are the lower end of what has been seen on x64 images in 2026; inodes are estimates. They decide the order and
 * where a plan stops, nothing else: images change monthly, so the script measures, and goes on when a tree was smaller.
 *
 * Left out on purpose: packages of the distribution (removing them runs apt for minutes), `/opt/runner-cache` (its use is
 * not documented), swap (without it a build that needs much memory is killed), and the toolcache's Java (links into
 * `/usr/lib/jvm`, which free nothing).
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
    images: on(ALL, 4, 30_000),
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
    images: on(ALL, 4, 40_000),
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
    paths: ["{toolcache}/PyPy", "{toolcache}/Python", "{toolcache}/Ruby", "{toolcache}/go", "{toolcache}/node"],
    images: on(ALL, 4, 160_000),
    breaks: "actions/setup-go, -node, -python and ruby/setup-ruby download what they found there",
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
    images: on(ALL, 0.9, 30_000),
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
    images: on(ALL, 1.2, 12_000),
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
  {
    id: "skel",
    paths: ["/etc/skel/.cargo", "/etc/skel/.rustup", "/etc/skel/.nvm", "/etc/skel/.dotnet", "/etc/skel/.composer"],
    images: on(ALL, 0.6, 10_000),
    breaks: "nothing of this job: copies for users that are made later",
  },
  {
    id: "packer",
    paths: ["/home/packer"],
    images: on(ALL, 0.3, 6_000),
    breaks: "nothing: the home directory of the user that built the image",
  },
  {
    id: "action-archives",
    paths: ["/opt/actionarchivecache"],
    images: on(ALL, 0.3, 1_000),
    breaks: "actions that the runner has at hand are downloaded instead",
  },
  {
    id: "jvm",
    paths: ["/usr/lib/jvm"],
    images: on(ALL, 1.2, 3_000),
    breaks: "all Java versions, and what runs on them (gradle, maven, sdkmanager)",
    optIn: true,
  },
  {
    id: "llvm",
    paths: ["/usr/lib/llvm-*"],
    images: on(ALL, 1, 9_000),
    breaks: "clang, lld and lldb, and programs that are linked to their libraries (mesa, postgresql's JIT)",
    optIn: true,
  },
];

/** What `keep` accepts: the catalogue's rows, and the images that Docker holds. */
const KEEPABLE: readonly string[] = [...CATALOGUE.map((row) => row.id), "images"];

/** A tree that is being deleted is first moved aside under this ending, so that it is gone as a whole. */
export const ASIDE = ".disk-setup-deleted";

/**
 * Checks what `--keep` names: rows of the catalogue, and `images`.
 *
 * @throws DiskSetupError `keep-unknown`: a typing error would delete what the job uses
 */
export function checkKeep(names: readonly string[]): readonly string[] {
  return checkNames(names, KEEPABLE, "name what the job uses by these words");
}

/**
 * Checks what `--also` names: rows that are deleted only on request.
 *
 * @throws DiskSetupError `keep-unknown`
 */
export function checkAlso(names: readonly string[]): readonly string[] {
  const known = CATALOGUE.filter(({ optIn }) => optIn).map(({ id }) => id);
  return checkNames(names, known, "all other rows of the catalogue are deleted without it, unless --keep names them");
}

function checkNames(names: readonly string[], known: readonly string[], fix: string): readonly string[] {
  for (const name of names) {
    if (known.includes(name)) continue;
    const message = `expected one of ${known.join(", ")}, found "${name}"${didYouMean(name, known)}`;
    throw new DiskSetupError({ code: "keep-unknown", message, fix });
  }
  return names;
}
