/** Debian's release whose packages are newer than most machines; its Go programs run on older C libraries too. */
export const newRelease = "forky";

/** Where this machine gets Debian's packages from. */
export interface Mirror {
  readonly uri: string;
  /** The machine's own release, by the name that its sources use: `bookworm`, `stable`. */
  readonly release: string;
}

export interface AptFolder {
  readonly folder: string;
  readonly mirror: Mirror;
  /** Debian's names of architectures, the machine's own first. */
  readonly architectures: readonly [string, string];
  /** A keyring to verify the releases with; undefined: those that apt trusts anyway. */
  readonly keyring: string | undefined;
}

/** The `--format` for `apt-get indextargets` whose output `mirrorFor` reads. */
export const indexTargetFormat = "$(CREATED_BY)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)";

/** The first source of the release's main packages. `codename` is VERSION_CODENAME of os-release(5). */
export function mirrorFor(indexTargets: string, codename: string): Mirror | undefined {
  const suites = new Set([codename, "stable", "oldstable", "oldoldstable", "testing"]);
  for (const line of indexTargets.split("\n")) {
    const [createdBy, release = "", component, uri = ""] = line.trim().split("|");
    if (createdBy === "Packages" && component === "main" && suites.has(release)) return { uri, release };
  }
  return undefined;
}

export function renderSources({ mirror, architectures, keyring }: AptFolder): string {
  const [own] = architectures;
  const line = (release: string, names: readonly string[]) => {
    const signed = keyring === undefined ? "" : ` signed-by=${keyring}`;
    return `deb [arch=${names.join(",")}${signed}] ${mirror.uri} ${release} main\n`;
  };
  const others = mirror.release === newRelease ? "" : line(newRelease, [own]);
  return line(mirror.release, architectures) + others;
}

/**
 * An apt.conf(5) that keeps every file of apt inside `folder`. It stands in for the machine's own configuration, whose hooks
 * touch the system; of that one, only how to reach a mirror is kept (`dump`: the output of `apt-config dump`).
 */
export function renderAptConfig({ folder, architectures }: AptFolder, dump: string): string {
  const reach = dump
    .split("\n")
    .filter((line) => line.startsWith("Acquire::") && !line.startsWith("Acquire::IndexTargets"));
  return `${[
    `Dir::State "${folder}/state";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::Cache "${folder}/cache";`,
    `Dir::Etc::sourcelist "${folder}/sources.list";`,
    `Dir::Etc::sourceparts "/dev/null";`,
    `Dir::Etc::parts "/dev/null";`,
    `Dir::Etc::main "/dev/null";`,
    `Dir::Etc::preferencesparts "/dev/null";`,
    `Dir::Etc::preferences "/dev/null";`,
    `APT::Architecture "${architectures[0]}";`,
    ...architectures.map((name) => `APT::Architectures:: "${name}";`),
    // The user that apt otherwise downloads as has no access to a home directory.
    'APT::Sandbox::User "root";',
    'APT::Update::Error-Mode "any";',
    ...reach,
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
  ].join("\n")}\n`;
}

/** Names of the libraries that packages directly depend on, from the output of `apt-cache depends`; never the C library. */
export function libraryDependencies(depends: string): readonly string[] {
  const names = [...depends.matchAll(/^ [ |]Depends: (lib\S+)$/gm)].map(([, name = ""]) => name);
  return [...new Set(names)].filter((name) => name !== "libc6");
}
