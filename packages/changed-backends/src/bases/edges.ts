import type { Diagnostic, Place } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import type { BuildQuestion } from "../infer/build-inputs.ts";
import type { BaseCode } from "./codes.ts";
import { type FamilyImage, type FoundBase, findBase, type ImageFamily } from "./find-base.ts";
import { contextOf, type ImageReference, type ReferencesOf, targetName } from "./image-references.ts";

/** An entry, and what says which images it is built from. */
export interface BasedEntry {
  readonly image: FamilyImage;
  readonly question: BuildQuestion;
  /** Undefined: there is none, or none that BuildKit would build. */
  readonly dockerfile: Dockerfile | undefined;
  /** Why nobody knows what its Dockerfile says: it may stand on any image. */
  readonly unread: Unread | undefined;
  /** Builds inside its own. */
  readonly linked?: readonly LinkedBuild[];
  /** What `needs` names. */
  readonly needs: readonly { readonly name: string; readonly at: Place; readonly bases: readonly FamilyImage[] }[];
  /** Where named contexts are written. */
  readonly at: Place;
}

/** `untracked`: git has none, so that something makes it before the build. */
export type Unread = "unreadable" | "untracked";

/** A build inside an entry's, by the name that its `contexts` have for it. */
export interface LinkedBuild extends Pick<BasedEntry, "question" | "dockerfile" | "unread"> {
  readonly name: string;
}

/** An image of the family is built from another one. */
export interface Edge {
  /** Ids of images. */
  readonly from: string;
  readonly to: string;
  /** The base's name. */
  readonly base: string;
  /** `backend/Dockerfile:12 FROM ${BASE}`. */
  readonly where: string;
  readonly at: Place;
  /** Undefined: only `needs` says so. */
  readonly reference: ImageReference | undefined;
  /** The build inside the entry's own that asks for it; absent: the entry's own does. */
  readonly within?: string;
}

export type BaseFinding = Diagnostic<BaseCode>;

export interface EntryEdges {
  readonly edges: readonly Edge[];
  /** What it may be built from, for all that is known. */
  readonly perhaps: readonly Edge[];
  readonly findings: readonly BaseFinding[];
}

/** The images of the family that one entry is built from. */
export function entryEdges(entry: BasedEntry, family: ImageFamily, referencesOf: ReferencesOf): EntryEdges {
  const { linked = [] } = entry;
  const found = [
    // Not copied: where it stands is looked up only where something is found.
    buildEdges(entry, family, referencesOf),
    ...linked.map(({ name, ...build }) => {
      const { edges, ...others } = buildEdges({ ...entry, ...build, needs: [] }, family, referencesOf);
      return { ...others, edges: edges.map((edge): Edge => ({ ...edge, within: name })) };
    }),
  ];
  return {
    edges: found.flatMap(({ edges }) => edges),
    perhaps: found.flatMap(({ perhaps }) => perhaps),
    findings: found.flatMap(({ findings }) => findings),
  };
}

function buildEdges(entry: BasedEntry, family: ImageFamily, referencesOf: ReferencesOf): EntryEdges {
  const { image, question, dockerfile, unread, needs } = entry;
  const edges: Edge[] = [];
  const findings: BaseFinding[] = [];
  const edgeTo = (base: FamilyImage, { where, at }: EdgePlace, reference?: ImageReference): Edge => ({
    from: image.id,
    to: base.id,
    base: base.name,
    where,
    at,
    reference,
  });
  // Who names the bases himself knows them all.
  const perhaps: Edge[] = [];
  if (unread !== undefined && needs.length === 0) perhaps.push(...unreadEdges(entry, unread, family));
  const needed = new Set(needs.flatMap(({ bases }) => bases));
  for (const reference of dockerfile === undefined ? [] : referencesOf(dockerfile, question)) {
    const place = placeOf(reference, entry);
    const found = findBase(reference, image, family);
    if (found.kind === "external") {
      findings.push(...targetFinding(reference, place));
      continue;
    }
    if (found.kind === "itself") {
      findings.push(itselfFinding(image, place));
      continue;
    }
    // What somebody says himself settles what the text leaves open.
    const [base, ...others] = found.kind === "base" ? [found.base] : found.bases.filter((each) => needed.has(each));
    if (base !== undefined && others.length === 0) {
      edges.push(edgeTo(base, place, reference));
      findings.push(...stageFinding(reference, entry, place));
    } else if (found.kind !== "base") {
      if (found.kind === "unknown") perhaps.push(...found.bases.map((each) => edgeTo(each, place)));
      findings.push(openFinding(found, place));
    }
  }
  const reached = new Set(edges.map(({ to }) => to));
  for (const { name, at, bases } of needs) {
    for (const base of bases.filter(({ id }) => !reached.has(id))) {
      edges.push(edgeTo(base, { label: "", where: `needs ${name}`, at }));
      findings.push({
        code: "unnamed-base",
        severity: "warning",
        message: `no line of ${question.dockerfile} names ${imageText(base.name)}, which needs names: it is built before, and not handed over`,
        at,
        fix: "give the argument that names it under args, or take it out of needs",
      });
    }
  }
  return { edges, perhaps, findings };
}

/** The first time there is nothing yet that it could be built from. */
function itselfFinding({ name }: FamilyImage, { label, at }: EdgePlace): BaseFinding {
  return {
    code: "base-itself",
    severity: "notice",
    message: `${label} names ${imageText(name)}, which is built here itself: what is published of it is used`,
    at,
    fix: "see that something is published under this name before the first build",
  };
}

/** What nobody could read may stand on any other image. */
function unreadEdges(
  { image, question: { dockerfile } }: BasedEntry,
  unread: Unread,
  { images }: ImageFamily,
): readonly Edge[] {
  const why = unread === "untracked" ? "the repository does not have" : "could not be read";
  const place = { where: `${dockerfile}, which ${why}`, at: { file: dockerfile } };
  return images
    .filter(({ id }) => id !== image.id)
    .map((base) => ({ from: image.id, to: base.id, base: base.name, ...place, reference: undefined }));
}

// Enough to choose from.
const MAX_NAMES = 10;

interface EdgePlace {
  readonly label: string;
  readonly where: string;
  readonly at: Place;
}

function placeOf({ line, label }: ImageReference, entry: BasedEntry): EdgePlace {
  // Not taken apart: an entry looks its place up when it is asked.
  if (line === 0) return { label, where: label, at: entry.at };
  const { dockerfile } = entry.question;
  return { label, where: `${dockerfile}:${line} ${label}`, at: { file: dockerfile, line } };
}

function openFinding(
  found: Exclude<FoundBase, { readonly kind: "external" | "itself" | "base" }>,
  { label, at }: EdgePlace,
): BaseFinding {
  const names = fewNames(
    found.bases.map(({ name }) => imageText(name)),
    MAX_NAMES,
  );
  const fix = "name the one that is meant under needs";
  switch (found.kind) {
    case "pinned":
      return {
        code: "base-pinned",
        severity: "notice",
        message: `${label} names ${names} by ${found.by}: what is published is used, and a new build of it selects nothing`,
        at,
        fix: "name it under needs, where it should be built from this run's",
      };
    case "several":
      return { code: "ambiguous-base", severity: "error", message: `${label} may be ${names}`, at, fix };
    case "unknown":
      return {
        code: "base-unknown",
        severity: "warning",
        message: `${label} holds a value that nobody knows, and may be ${names}: it is built with each of them, from what is published`,
        at,
        fix: `give the value under args, or ${fix}`,
      };
  }
}

/** A build has no other targets than images of the family. */
function targetFinding(reference: ImageReference, { label, at }: EdgePlace): readonly BaseFinding[] {
  const target = targetName(reference);
  if (target === undefined) return [];
  return [
    {
      code: "unknown-target",
      severity: "error",
      message: `${label}: no other image is called ${JSON.stringify(target)}`,
      at,
      fix: "write target: and the name of an image of this matrix file",
    },
  ];
}

/** A context of a stage's name takes the place of the stage, with all that it does. */
function stageFinding(reference: ImageReference, { dockerfile }: BasedEntry, place: EdgePlace): readonly BaseFinding[] {
  const context = reference.context === undefined ? contextOf(reference) : undefined;
  const stage = dockerfile?.stages.find(({ from }) => from.name !== "" && from.name === context);
  if (stage === undefined) return [];
  return [
    {
      code: "base-named-as-stage",
      severity: "error",
      message: `${reference.label} names an image of this repository, and the stage of line ${stage.from.line} is called ${context}, too: what is handed over for the one would take the place of the other`,
      at: place.at,
      fix: `give the stage another name; an image of Docker Hub is docker.io/library/${context}`,
    },
  ];
}
