import type { ReadsQuestion } from "@fanfold-rigs/testbed";
import type { Random } from "./random-dockerfile.ts";

const NAMES = ["a", "b", "c", "src", "x.md", "y.txt", "lib", "amd64", "a b", "é", "a[1]", "!n", "^z", "q?"];
const VALUES = ["a", "b", "src", "lib/a", "", ".", "x", "*", "a/b"];
const VARIABLES = "$V ${V} ${W:-src} ${V:+lib} ${V#*/} $TARGETARCH ${U-b} $E ${V/a/b} $PATH".split(" ");

function path(random: Random): string {
  return Array.from({ length: 1 + random.int(3) }, () => random.pick(NAMES.slice(0, random.chance(90) ? 9 : 14))).join(
    "/",
  );
}

function files(random: Random): readonly (readonly [path: string, target?: string])[] {
  const kinds = new Map<string, string | undefined>();
  for (let count = 3 + random.int(12); count > 0; count--) {
    const at = path(random);
    const taken = [...kinds.keys()].some(
      (other) => other === at || other.startsWith(`${at}/`) || at.startsWith(`${other}/`),
    );
    if (taken) continue;
    const target = random.pick([path(random), `../${path(random)}`, `/${path(random)}`, random.pick(NAMES), "..", "."]);
    kinds.set(at, random.chance(25) ? target : undefined);
  }
  return [...kinds].map(([at, target]) => (target === undefined ? [at] : [at, target]));
}

function pattern(random: Random, known: readonly string[]): string {
  const base = random.chance(92) ? random.pick(known) : path(random);
  const parts = base.split("/");
  const folder = parts.slice(0, 1 + random.int(parts.length)).join("/");
  switch (random.int(12)) {
    case 0:
      return `${folder}/*`;
    case 1:
      return folder.replace(/[a-z]/, "*");
    case 2:
      return folder.replace(/[a-z]/, "?");
    case 3:
      return folder.replace(/[a-z]/, random.pick(["[a-c]", "[^a]", "[xyz]", "\\a"]));
    case 4:
      return `**/${parts.at(-1) ?? ""}`;
    case 5:
      return random.pick([
        "*.md",
        "**",
        "a**",
        "**b",
        "a/**/b",
        "a**/b",
        "src**/x.md",
        "*",
        "*/*",
        "a/../b",
        "./src/",
        "/lib",
        "**/*.txt",
      ]);
    default:
      return folder;
  }
}

function source(random: Random, known: readonly string[]): string {
  if (random.chance(4)) return random.pick([".", "/", "./", "*", "../..", ".git", "a/.."]);
  if (random.chance(25))
    return random.pick([random.pick(VARIABLES), `${random.pick(VARIABLES)}/a`, `src/${random.pick(VARIABLES)}`]);
  return pattern(random, known);
}

function copies(random: Random, known: readonly string[], stages: readonly string[]): string {
  const sources = Array.from({ length: 1 + random.int(3) }, () => source(random, known));
  const plain = sources.filter((each) => !/\s/.test(each));
  const words = plain.length === 0 ? ["src"] : plain;
  switch (random.int(10)) {
    case 0:
      return `COPY ${JSON.stringify([...sources, "/o/"])}`;
    case 1:
      return `ADD ${[...words, random.pick(["https://x.test/f", "git@x.test:o/r.git", "a"])].join(" ")} /o/`;
    case 2:
      return `RUN --mount=type=bind,target=/m,source=${words[0]?.replaceAll(",", "")} true`;
    case 3:
      return `RUN --mount=${random.pick(["type=cache,target=/c", "type=secret,id=s", "type=$V,target=/q,source=a", "target=/t,src=b"])} true`;
    case 4:
      return `COPY <<E ${words[0]} /o/\nCOPY no /no\nE`;
    case 5:
      return `ONBUILD COPY ${words.join(" ")} /o/`;
    case 6:
      return `COPY --from=${random.pick([...stages, "img", "0", "1", stages[0] ?? "img"])} ${words.join(" ")} /o/`;
    case 7:
      return `RUN --mount=from=${random.pick([...stages, "img"])},target=/m,source=a true`;
    case 8:
      return `COPY --parents --exclude=*.md ${words.join(" ")} /o/`;
    default:
      return `COPY ${words.join(" ")} /o/`;
  }
}

function variables(random: Random, known: readonly string[]): string {
  const name = random.pick(["V", "W", "U", "E", "TARGETARCH"]);
  const plain = known.filter((each) => !/\s/.test(each));
  const value = random.chance(60) ? random.pick([...plain, "a"]) : random.pick([...VALUES, ...VARIABLES]);
  return random.pick([
    `ARG ${name}`,
    `ARG ${name}=${value}`,
    `ENV ${name}=${value}`,
    `ENV ${name}=${value} W=$V`,
    `ARG ${name}="${value}"`,
  ]);
}

/** A Dockerfile that mostly builds, a tree with links, and an ignore file, made of the same few names. */
export function randomBuild(random: Random): ReadsQuestion {
  const context = files(random);
  const known = context.map(([at]) => at);
  const lines: string[] = random.list(3, () =>
    random.chance(70) ? variables(random, known).replace(/^ENV/, "ARG") : "",
  );
  const stages: string[] = [];
  for (let count = 1 + random.int(4); count > 0; count--) {
    const base = random.pick(["scratch", "img", ...stages, ...stages, "${V:-img}", "im${W}g", "${U:-s0}"]);
    const name = random.chance(80) ? `s${stages.length}` : "";
    lines.push(`FROM ${base}${name === "" ? "" : ` AS ${random.chance(20) ? name.toUpperCase() : name}`}`);
    for (let more = random.int(4); more >= 0; more--) {
      lines.push(random.chance(35) ? variables(random, known) : copies(random, known, stages));
    }
    if (name !== "") stages.push(name);
  }
  const ignore = random.list(4, () => `${random.chance(30) ? "!" : ""}${pattern(random, known)}`).join("\n");
  const args = Object.fromEntries(
    random.list(2, () => [random.pick(["V", "W", "U"]), random.pick([...VALUES, ...known])]),
  );
  return {
    kind: "reads",
    dockerfile: `${lines.join("\n")}\n`,
    ...(random.chance(25) && stages.length > 0 ? { target: random.pick(stages) } : {}),
    args,
    platform: random.pick(["linux/amd64", "linux/arm64", "linux/arm/v7"]),
    baseEnv: random.list(2, () => `${random.pick(["E", "V", "U"])}=${random.pick([...VALUES, ...known])}`),
    files: context,
    ignore,
  };
}
