import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import { refusalOr } from "../dockerfile/refusal.ts";
import { UNKNOWN } from "../dockerfile/shell-pattern.ts";
import { expandWord } from "../dockerfile/word.ts";
import { type BuildQuestion, contextName } from "../infer/build-inputs.ts";
import { type BuildArguments, globalLookup } from "../infer/context-reads.ts";
import { PLATFORM_ARGUMENTS } from "../infer/platform.ts";
import { neededStages, type StageState } from "../infer/stages.ts";
import { readImageName, splitTag } from "./image-name.ts";

/** An image that a build asks for, as far as its Dockerfile and arguments say. */
export interface ImageReference {
  /** With arguments filled in; what nobody knows in it is `UNKNOWN`. */
  readonly text: string;
  /** 1-based; 0: a named context of the entry or the config says so. */
  readonly line: number;
  /** As written: `FROM ${BASE}`. */
  readonly label: string;
  /** The tag is not written, but comes out of an argument. */
  readonly tagFilled: boolean;
  /** A named context is it already, under this name. */
  readonly context?: string;
}

/** What of a build says which images it asks for. */
type ImageQuestion = Omit<BuildQuestion, "dockerfile" | "context">;

export type ReferencesOf = (dockerfile: Dockerfile, question: ImageQuestion) => readonly ImageReference[];

const IMAGE_CONTEXT = "docker-image://";
const TARGET_CONTEXT = "target:";

/**
 * The images that the stages of a build ask for and that no stage of the file is: by FROM, `COPY --from`,
 * `RUN --mount=from`, and by named contexts. Arguments that the repository does not give have their defaults.
 */
export const imageReferences: ReferencesOf = (dockerfile, question) => {
  const { platforms, contexts } = question;
  const replaced = new Set([...contexts.keys()].map(contextName));
  const found = [
    ...(platforms.length === 0 ? [undefined] : platforms).flatMap((platform) =>
      referencesOf(dockerfile, question, platform, replaced),
    ),
    ...[...contexts].flatMap(([name, value]) => contextReference(name, value)),
  ];
  return [...new Map(found.map((reference) => [`${reference.line} ${reference.text}`, reference])).values()];
};

/** The same, answered once for builds that differ in nothing that FROM sees. */
export function rememberedReferences(): ReferencesOf {
  const known = new Map<Dockerfile, Map<string, readonly ImageReference[]>>();
  return (dockerfile, question) => {
    const answers = known.get(dockerfile) ?? new Map<string, readonly ImageReference[]>();
    known.set(dockerfile, answers);
    const { target = "", platforms, contexts, arguments: given } = question;
    const names = dockerfile.globals.flatMap(({ assignments }) => assignments.map(({ name }) => name));
    const seen = [...names, ...PLATFORM_ARGUMENTS, "TARGETSTAGE"].flatMap((name) =>
      given.values.has(name) ? [[name, given.values.get(name)]] : [],
    );
    const key = JSON.stringify([target, platforms, [...contexts], seen, given.open]);
    const answer = answers.get(key) ?? imageReferences(dockerfile, question);
    answers.set(key, answer);
    return answer;
  };
}

/**
 * The name under which a build looks for the image: that of the context that it is already, else the image's own.
 * Undefined: a value in it is not known.
 */
export function contextOf({ text, context }: ImageReference): string | undefined {
  if (context !== undefined) return context;
  return text.includes(UNKNOWN) ? undefined : readImageName(text)?.familiar;
}

/** The image of `target:…`, which another entry builds. */
export function targetName({ text }: ImageReference): string | undefined {
  return text.startsWith(TARGET_CONTEXT) ? text.slice(TARGET_CONTEXT.length) : undefined;
}

function referencesOf(
  dockerfile: Dockerfile,
  { arguments: given, target }: ImageQuestion,
  platform: string | undefined,
  replaced: ReadonlySet<string>,
): readonly ImageReference[] {
  const found = refusalOr((): readonly ImageReference[] => {
    const globals = globalLookup({ dockerfile, arguments: believed(dockerfile, given), platform, target });
    const isReplaced = (stage: string): boolean => replaced.has(stage);
    const { order, isNeeded } = neededStages({ dockerfile, globals, target, isReplaced });
    return order
      .filter((state) => isNeeded(state) && !state.replaced)
      .flatMap((state) => [...fromOf(state, dockerfile), ...sourcesOf(state)]);
  });
  // BuildKit would refuse it: nothing is built from anything.
  if ("kind" in found) return [];
  return found.filter(({ text }) => text !== "scratch" && !replaced.has(readImageName(text)?.familiar ?? ""));
}

/** That somebody may give other arguments takes no edge away: defaults count, and what has none may be anything. */
function believed({ globals }: Dockerfile, { values, open }: BuildArguments): BuildArguments {
  if (!open) return { values, open };
  const names = globals.flatMap(({ assignments }) =>
    assignments.flatMap(({ name, value }) => (value === undefined && !PLATFORM_ARGUMENTS.includes(name) ? [name] : [])),
  );
  return { values: new Map([...names.map((name) => [name, null] as const), ...values]), open: false };
}

function fromOf({ stage, image, bases }: StageState, { escape: escaping }: Dockerfile): readonly ImageReference[] {
  if (stage === undefined || (bases.length > 0 && !image.includes(UNKNOWN))) return [];
  const { base, line, platform } = stage.from;
  // Every argument counts as unknown: what is left is what somebody has written.
  const written = expandWord(base, { escape: escaping, lookup: () => UNKNOWN });
  const [name, tag] = splitTag(written.split("@")[0] ?? "");
  const filled = tag === undefined ? name.slice(name.lastIndexOf("/") + 1) : tag;
  const flag = platform === "" ? "" : `--platform=${platform} `;
  return [{ text: image, line, label: `FROM ${flag}${base}`, tagFilled: filled.includes(UNKNOWN) }];
}

/** Neither COPY nor a mount takes a variable there. */
function sourcesOf({ commands }: StageState): readonly ImageReference[] {
  return commands.flatMap(({ instruction, sources }) =>
    sources.flatMap(({ stage, image }): readonly ImageReference[] => {
      if (stage !== undefined) return [];
      const label = instruction.kind === "run" ? `RUN --mount=from=${image}` : `COPY --from=${image}`;
      return [{ text: image, line: instruction.line, label, tagFilled: false }];
    }),
  );
}

function contextReference(name: string, value: string): readonly ImageReference[] {
  const isImage = value.startsWith(IMAGE_CONTEXT);
  if (!isImage && !value.startsWith(TARGET_CONTEXT)) return [];
  const text = isImage ? value.slice(IMAGE_CONTEXT.length) : value;
  // What stands in braces is filled in with the event, later.
  const filled = text.replace(/\{+[^{}]*\}+/g, UNKNOWN);
  const tag = splitTag(filled)[1] ?? "";
  return [
    { text: filled, line: 0, label: `contexts ${name}`, tagFilled: tag.includes(UNKNOWN), context: contextName(name) },
  ];
}
