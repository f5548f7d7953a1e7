import { askedSources, entryRules, RuleMatcher, rulesOf } from "@fanfold/changed-backends/internal";
import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { countOf, fewNames } from "@fanfold-internal/kit/text/words";
import type { CheckCode } from "../base/codes.ts";
import { isCalledDockerfile } from "../base/dockerfile-names.ts";
import type { Family } from "../config/family.ts";
import { filesRead, type ReadFile, type Survey, type SurveyedBuild } from "./surveyed-builds.ts";

type Finding = Diagnostic<CheckCode>;

/** What Dockerfiles read, held against their contexts, and against the rules and `ignore` of the config. */
export function checkDockerfiles(family: Family, survey: Survey, tracked: readonly string[]): readonly Finding[] {
  const read = filesRead(survey.builds, tracked);
  const readBy = ({ inferred }: SurveyedBuild): readonly ReadFile[] => read.get(inferred) ?? [];
  return [
    ...[...survey.tooLong].map((file): Finding => ({ ...TOO_LONG, at: { file } })),
    ...checkSources(family, survey),
    ...(family.ground.inputs.infer ? [] : checkUncovered(family, survey, readBy)),
    ...checkIgnore(family, survey, readBy),
  ];
}

const TOO_LONG = {
  code: "dockerfile-too-long",
  severity: "warning",
  message:
    "it has more than 1 MiB and is not read: any file of its context counts, and it may stand on any other image of the family",
  fix: "make it shorter; BuildKit itself takes no more than 16 MiB",
} as const;

/** Dockerfiles, as far as their names say, that no entry names. */
export function unbuiltDockerfiles(tracked: readonly string[], named: ReadonlySet<string>): readonly Finding[] {
  const unbuilt = tracked.filter((path) => isCalledDockerfile(path) && !named.has(path));
  return unbuilt.map((path) => ({
    code: "dockerfile-without-entry",
    severity: "notice",
    message: "no entry is built from it",
    at: { file: path },
    fix: "add entries for it to a matrix file, if it shall be published",
  }));
}

/** Sources that a build would not find, or that are git's own; each once. */
function checkSources(family: Family, { tree, builds }: Survey): readonly Finding[] {
  const { inputs } = family.ground;
  const findings = new Map<string, Finding>();
  const add = (finding: Finding): void => {
    const key = JSON.stringify([finding.at, finding.message]);
    if (!findings.has(key)) findings.set(key, finding);
  };
  for (const { ref, question, dockerfile, inferred } of builds) {
    const at = (line: number): Place => ({ file: question.dockerfile, line });
    if (inferred.refused !== undefined) add(refusal(family, ref, inferred.refused, question.dockerfile));
    const { repository } = entryRules(ref.entry, ref.list, {
      inputs: { ...inputs, infer: true },
      inferred: () => inferred,
    });
    const told = new Set<number>();
    for (const { line, label, path, wild, state, at: where } of askedSources(tree, question, dockerfile)) {
      told.add(line);
      switch (state) {
        case "ignored":
          add({
            ...IGNORED,
            message: `${label}: ${where} takes ${wild || path === "" ? FITTING : "it"} out of the context`,
            at: at(line),
          });
          break;
        case "outside": {
          const message = `${label}: the context ${question.context} has no such file; the repository has it at ${where}`;
          add({ ...OUTSIDE, message, at: at(line) });
          break;
        }
        case "untracked":
          if (repository !== undefined) add({ ...UNTRACKED, message: `${label}: ${MADE_BEFORE}`, at: at(line) });
          break;
        case "git":
          add({ ...(path === "" ? WITH_GIT : GIT), message: `${label} ${COPIES_GIT}`, at: at(line) });
          break;
      }
    }
    // A pattern that fits nothing. What has no line is no source: a context, say, that is elsewhere.
    if (repository === undefined || repository.line === 0 || told.has(repository.line)) continue;
    const said = repository.label.replace(`${question.dockerfile}:${repository.line} `, "");
    add({ ...UNTRACKED, message: `${said}: any file of the repository counts`, at: at(repository.line) });
  }
  return [...findings.values()];
}

/** A stage that is not there is the entry's slip, all else is the Dockerfile's. */
function refusal(
  { matrix }: Family,
  { list, index, entry }: SurveyedBuild["ref"],
  { reason, line }: NonNullable<SurveyedBuild["inferred"]["refused"]>,
  file: string,
): Finding {
  const own = line === 0 && Object.hasOwn(entry, "target");
  return {
    code: "dockerfile-refused",
    severity: "warning",
    message: own ? `${file} cannot be built: ${reason}` : `cannot be built: ${reason}`,
    at: own ? matrix.place(list, index, "target") : { file, ...(line === 0 ? {} : { line }) },
    fix: own ? "name one of the Dockerfile's stages" : "mend it, or the target that its entries name",
  };
}

const FITTING = "all that it means";

const IGNORED = {
  code: "source-ignored",
  severity: "warning",
  fix: "give it back in the ignore file with a line that begins with !, or do not copy it",
} as const;

const OUTSIDE = {
  code: "source-outside-context",
  severity: "warning",
  fix: "give its entries a context that holds all that it copies, and name the sources from there",
} as const;

const UNTRACKED = {
  code: "source-not-tracked",
  severity: "warning",
  fix: "write a rule with when for its entries, or give them paths",
} as const;

const GIT = {
  code: "git-copied",
  severity: "warning",
  fix: "hand over what it is read for as a build argument, such as {{commit}}",
} as const;

const WITH_GIT = { code: "git-copied", severity: "notice", fix: "list .git in .dockerignore" } as const;
const COPIES_GIT = "copies .git, which every commit changes: no two images are the same, and it selects nothing";
const MADE_BEFORE = "git tracks no such file, so anything may have made it: any file of the repository counts";

/** Files that are read and that no rule of the entry mentions: with `infer: false` a change of them builds nothing. */
function checkUncovered(
  { ground: { inputs } }: Family,
  { builds }: Survey,
  readBy: (build: SurveyedBuild) => readonly ReadFile[],
): readonly Finding[] {
  const uncovered = builds.flatMap((build) => {
    const rules = rulesOf(build.ref.entry, build.ref.list, inputs);
    const read = readBy(build);
    const matcher = new RuleMatcher([rules], inputs.ignore);
    const missed = new Set(matcher.match(read.map(({ path }) => path)).unmentioned);
    return read.filter(({ path }) => missed.has(path)).map(({ path, label }) => ({ path, label, build }));
  });
  return [...Map.groupBy(uncovered, ({ label, build }) => `${build.question.dockerfile}\0${label}`).values()].flatMap(
    (found): readonly Finding[] => {
      const [first] = found;
      if (first === undefined) return [];
      const { label, build } = first;
      const paths = [...new Set(found.map(({ path }) => path))];
      const entries = new Set(found.map((each) => each.build.ref)).size;
      const { dockerfile } = build.question;
      const line = Number(/^:(\d+) /.exec(label.slice(dockerfile.length))?.[1] ?? 0);
      const what = line === 0 ? label : label.slice(dockerfile.length + String(line).length + 2);
      return [
        {
          code: "source-without-rule",
          severity: "error",
          message: `${what}: no rule mentions ${fewNames(paths)}, which ${countOf(entries, "entry reads", "entries read")}`,
          at: { file: dockerfile, ...(line === 0 ? {} : { line }) },
          fix: "add it to the paths of a rule (or to except, if it shall build nothing), or remove infer: false",
        },
      ];
    },
  );
}

/** What `ignore` takes away of files that Dockerfiles read below a folder or by a pattern. */
function checkIgnore(
  { config, ground: { inputs } }: Family,
  { builds }: Survey,
  readBy: (build: SurveyedBuild) => readonly ReadFile[],
): readonly Finding[] {
  const read = new Map(
    builds.flatMap((build) =>
      readBy(build)
        .filter(({ named }) => !named)
        .map(({ path, label }) => [path, label] as const),
    ),
  );
  const matcher = new RuleMatcher(
    inputs.ignore.map((pattern) => [{ id: "", paths: [pattern], except: [] }]),
    [],
  );
  const taken = [...read].flatMap(([path, label]) =>
    matcher.match([path]).hits.map(({ entry }) => ({ entry, path, label })),
  );
  return [...Map.groupBy(taken, ({ entry }) => entry)].flatMap(([index, found]): readonly Finding[] => {
    const [first] = found;
    if (first === undefined) return [];
    const is = found.length === 1 ? "is" : "are";
    return [
      {
        code: "ignore-takes-source",
        severity: "notice",
        message: `${JSON.stringify(inputs.ignore[index]?.text)}: ${fewNames(found.map(({ path }) => path))} ${is} read (${first.label}), and a change builds nothing`,
        at: config.place(["ignore", index]),
        fix: "narrow the glob, if the images should be built by it",
      },
    ];
  });
}
