/** Numbers that look random and are the same each time (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to, not including, `below`. */
  int(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  }

  chance(percent: number): boolean {
    return this.int(100) < percent;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.int(choices.length)];
    if (choice === undefined) throw new Error("there is nothing to pick from");
    return choice;
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.int(most + 1) }, make);
  }
}

const NAMES = "A B TARGETARCH DIR é _x1 1 @".split(" ");
const PIECES = [
  ..."a b/c $A ${A} ${B:-x} ${B-y} ${A:+z} ${B+w} ${A#*/} ${A##*/} ${A%.*} ${A%%?} ${A/b/c} ${A//a/\\/} ${B:?no}".split(
    " ",
  ),
  ..."${A?no} \\$A \\ ` $ ${ } << < EOF ' \" # é 日 ${A:-${B:-n}} ${A:1} ${é} $é $1 ${@} ${A#'*'} ${A#\"\\*\"} ${A/*/$0}".split(
    " ",
  ),
  ..."${A//?/<$$>} * ? [a] . .. / = , : - --".split(" "),
  ...['"q r"', "'$A s'", '"$A\\"t"', "\\ ", "\u00a0", "\u0085", "\u2003"],
];
const INSTRUCTIONS =
  "FROM from LABEL ONBUILD WORKDIR USER EXPOSE VOLUME CMD ENTRYPOINT SHELL HEALTHCHECK STOPSIGNAL MAINTAINER BOGUS".split(
    " ",
  );
const FREQUENT = "COPY copy ADD RUN ENV ARG".split(" ");
const FLAGS = [
  ..."--from=x --chown=1:1 --link=maybe --exclude=*.md --parents --mount=type=bind --platform=$A --x -- --chmod".split(
    " ",
  ),
  ...["--mount=", "--from=é", '--fr"om"=y', "--a\\ b"],
];
const FLAGS_OF: Readonly<Record<string, readonly string[]>> = {
  FROM: ["--platform=linux/amd64", "--platform=$TARGETPLATFORM"],
  COPY: '--from=x --chown=1:1 --link --link=false --exclude=*.md --parents --chmod=755 --fr"om"=x --'.split(" "),
  ADD: ["--chown=1:1", "--link", "--exclude='a b'", "--keep-git-dir=true", "--unpack"],
  RUN: [
    ..."--mount=type=cache,target=/c --mount=from=x,source=$A --network=host --mount=type=bind,src='a',dst=/a,ro".split(
      " ",
    ),
    ..."--mount=type=tmpfs,target=/t --mount=source=$A,target=/b --mount=type=secret,id=s".split(" "),
    ...['--mount="type=bind,source=a b",target=/t', "--mount='type=bind,\"source=a,b\",target=/q'"],
    "--mount=Type=BIND,Source=x,target=/x",
  ],
};

export function randomWord(random: Random): string {
  return Array.from({ length: 1 + random.int(4) }, () => random.pick(PIECES)).join("");
}

function randomWords(random: Random): string {
  const spaces = [" ", " ", " ", "  ", "\t", "\u00a0", "\r", "\v"] as const;
  return Array.from({ length: 1 + random.int(4) }, () => randomWord(random) + random.pick(spaces)).join("");
}

function randomLine(random: Random): string {
  const instruction = random.pick(random.chance(40) ? FREQUENT : INSTRUCTIONS);
  const own = FLAGS_OF[instruction.toUpperCase()] ?? [""];
  const flags = random.list(2, () => random.pick(random.chance(10) ? FLAGS : own)).join(" ");
  const rest = random.chance(15) ? wildRest(random) : fittingRest(instruction.toUpperCase(), random);
  return `${random.pick(["", "", "", " ", "\t"])}${instruction}${random.pick([" ", " ", "  ", "\t", ""])}${flags} ${rest}`;
}

function jsonRest(random: Random): string {
  return JSON.stringify(random.list(3, () => randomWord(random)));
}

function wildRest(random: Random): string {
  switch (random.int(4)) {
    case 0:
      return randomWords(random);
    case 1:
      return jsonRest(random).replace(",", random.pick([", ", " ,\t", ",,"]));
    case 2:
      return `alpine AS ${random.pick(["b", "B", "1x", "a.b", ""])}`;
    default:
      return "";
  }
}

function fittingRest(instruction: string, random: Random): string {
  const name = random.pick(NAMES);
  switch (instruction) {
    case "FROM":
      return `alpine AS ${random.pick(["b", "B", "c"])}`;
    case "ENV":
    case "ARG":
    case "LABEL":
      if (random.chance(30)) return `${name} ${randomWords(random)}`;
      return `${name}=${randomWord(random)} ${name}=${randomWord(random)}`;
    case "ONBUILD":
      return `${random.pick(["COPY", "RUN", "ENV A=1", "ADD"])} ${randomWords(random)}`;
    case "HEALTHCHECK":
      return `CMD ${jsonRest(random)}`;
    case "SHELL":
      return jsonRest(random);
    default:
      if (random.chance(15)) return "a <<A <<-B /x";
      if (random.chance(20)) return `<<${random.pick(["EOF", "-EOF", "'EOF'", '"E"OF', " EOF", "1EOF"])} /x`;
      return random.chance(30) ? jsonRest(random) : randomWords(random);
  }
}

/** A text that is made of what Dockerfiles are made of, and seldom a good one. */
export function randomText(random: Random): string {
  const lines: string[] = [];
  if (random.chance(15)) lines.push(random.pick(["\u{feff}#!/bin/x", "#!x", "\u{feff}# syntax=a", "// syntax=b"]));
  if (random.chance(30)) {
    lines.push(
      random.pick(["# escape=`", "# Escape = \\", "#syntax = x y", "# check=skip=all", "# escape=x", "# foo=bar"]),
    );
  }
  if (random.chance(10)) lines.push(random.pick(["# escape=`", "# syntax=x", "// syntax=z", '{"syntax":"j"}']));
  if (random.chance(70)) lines.push("FROM alpine AS x");
  for (let count = random.int(6); count >= 0; count--) {
    lines.push(randomLine(random));
    if (random.chance(15))
      lines[lines.length - 1] += random.pick([" \\", "\\", "\\\\", "`", " \\ \t", "\\\n# c \\", "\\\n\n"]);
    if (random.chance(20))
      lines.push(random.pick(["EOF", "\tEOF", "A\nB", "A", "  B", "EOF ", "# c", "", "   ", "\t# EOF"]));
  }
  return lines.join(random.pick(["\n", "\n", "\n", "\r\n"])) + random.pick(["", "\n", "\n\n"]);
}

/** The text with a letter, a line or a run of it changed. */
export function mutant(text: string, random: Random): string {
  const at = random.int(text.length + 1);
  const lines = text.split("\n");
  return random
    .pick([
      () => text.slice(0, at) + random.pick(PIECES) + text.slice(at),
      () => text.slice(0, at) + text.slice(at + 1 + random.int(4)),
      () =>
        text.slice(0, at) + random.pick(["\\\n", "\n", "\\", " ", "\r", "$", "'", '"', "[", "<<EOF "]) + text.slice(at),
      () => lines.toSpliced(random.int(lines.length), 1).join("\n"),
      () => lines.toSpliced(random.int(lines.length), 0, randomLine(random)).join("\n"),
    ])()
    .toWellFormed();
}
