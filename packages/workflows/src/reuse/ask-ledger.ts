import { cost, isRunId, type ReadStore, readStanding, type StandingImage } from "@fanfold/digest-tools/planning";
import type { LedgerReader, LedgerTags } from "./ledger.ts";
import { comparedKeys, type PublishedState } from "./published-state.ts";

/** What is asked about one image. */
export interface LedgerQuestion {
  readonly repositories: readonly string[];
  readonly reader: LedgerReader;
  readonly tags: LedgerTags;
  /** What its ledger tag was called before the change. */
  readonly former?: string | undefined;
  /** The key of what would be built now; null: nobody knows. */
  readonly expected: string | null;
}

type OpenStore = (name: string) => ReadStore;

/** An image that stands somewhere, and the repositories that are known to have it. */
interface Found {
  readonly standing: StandingImage;
  readonly tag: string;
  /** Those where the tag stands for it, as far as that is known. */
  readonly tagged: readonly string[];
  /** Those that have it, under whatever name. */
  readonly at: readonly string[];
}

/**
 * What is published of one image, with one GET; only where that is what would be built now, a HEAD for each of its tags and of
 * what it is made of, in every repository.
 * @throws DigestToolsError: a registry could not be asked
 */
export async function askLedger(question: LedgerQuestion, open: OpenStore): Promise<PublishedState> {
  const { repositories, reader, tags, former, expected } = question;
  const [first = reader.repository] = repositories;
  const ledger = `${reader.mirror ? first : reader.repository}:${tags.ledger}`;
  const found =
    (await findStanding(question, tags.ledger, open)) ??
    (former === undefined || former === tags.ledger ? undefined : await findStanding(question, former, open));
  if (found === undefined) {
    return { state: "absent", ledger, standing: undefined, index: {}, why: `${ledger} does not exist` };
  }
  const { standing } = found;
  const state = comparedKeys(standing.contentKey, expected);
  if (state !== "current") {
    const index = Object.fromEntries(found.at.map((name) => [name, standing.digest]));
    return { state, ledger, standing, index, why: whyNot(state, ledger, standing) };
  }
  return checkWhole(question, found, ledger, open);
}

function whyNot(state: "stale" | "unknown", ledger: string, { contentKey, revision }: StandingImage): string {
  if (state === "unknown") {
    return contentKey === undefined
      ? `${ledger} does not say what it was built from`
      : `${ledger} says by other rules what it was built from`;
  }
  return `${ledger} is built from something else${revision === undefined ? "" : `, as of ${revision.slice(0, 7)}`}`;
}

/**
 * What stands under a tag. Where it is not what would be built now, another repository may have that: a merge that was cut off
 * has set some tags and not others.
 */
async function findStanding(
  { repositories, reader, expected }: LedgerQuestion,
  tag: string,
  open: OpenStore,
): Promise<Found | undefined> {
  const here = reader.mirror ? undefined : await readStanding(open(reader.repository), tag);
  const at = [reader.repository];
  const own = here === undefined ? undefined : { standing: here, tag, tagged: at, at };
  if (here !== undefined && comparedKeys(here.contentKey, expected) !== "stale") return own;
  const elsewhere = await Promise.all(
    repositories
      .filter((name) => reader.mirror || name !== reader.repository)
      .map(async (name) => ({ name, digest: (await open(name).headManifest(tag))?.digest })),
  );
  const others = Map.groupBy(
    elsewhere.filter(({ digest }) => digest !== undefined && digest !== here?.digest),
    ({ digest }) => digest,
  );
  let other: Found | undefined;
  for (const [digest, places] of others) {
    if (digest === undefined) continue;
    const names = places.map(({ name }) => name);
    const read = await readByDigest(digest, [reader.repository, ...names], open);
    if (read === undefined) continue;
    const at = reader.mirror || read.from !== reader.repository ? names : [reader.repository, ...names];
    const candidate = { standing: read.standing, tag, tagged: names, at };
    if (comparedKeys(read.standing.contentKey, expected) === "current") return candidate;
    other ??= candidate;
  }
  return own ?? other;
}

/** From the first that has it; one that counts what is read is not asked. */
async function readByDigest(
  digest: string,
  names: readonly string[],
  open: OpenStore,
): Promise<{ readonly standing: StandingImage; readonly from: string } | undefined> {
  for (const name of new Set(names)) {
    if (cost({ name }) > 0) continue;
    const standing = await readStanding(open(name), digest);
    if (standing !== undefined) return { standing, from: name };
  }
  return undefined;
}

/** The right content: is all of it there in every repository, under every tag? */
async function checkWhole(
  { repositories, tags }: LedgerQuestion,
  { standing, tag, tagged: known, at }: Found,
  ledger: string,
  open: OpenStore,
): Promise<PublishedState> {
  const { digest, children } = standing;
  const stores = repositories.map(open);
  const [lost, tagged] = await Promise.all([
    lostChildren(standing, stores),
    Promise.all(
      stores.flatMap((store) =>
        [...new Set([tag, ...tags.moving])].map(async (name) => {
          const isKnown = name === tag && known.includes(store.name);
          return { store, tag: name, digest: isKnown ? digest : (await store.headManifest(name))?.digest };
        }),
      ),
    ),
  ]);
  const standsAt = tagged.filter((each) => each.tag === tag && each.digest === digest).map(({ store }) => store.name);
  const index = Object.fromEntries(
    repositories.filter((name) => at.includes(name) || standsAt.includes(name)).map((name) => [name, digest]),
  );
  const found = { ledger, standing, index };
  const [first] = lost;
  if (first !== undefined || children.length === 0) {
    const why = first === undefined ? `${ledger} holds nothing` : first;
    return { ...found, state: "absent", why };
  }
  for (const { store, tag: name, digest: other } of tagged.filter((each) => tags.moving.includes(each.tag))) {
    if (other === digest) continue;
    const place = `${store.name}:${name}`;
    if (other === undefined) return { ...found, state: "incomplete", why: `${place} is missing` };
    // A release, say, that came later has taken it.
    if (name !== tags.ledger && (await isLater(store, other, standing))) continue;
    return { ...found, state: "incomplete", why: `${place} stands for something else` };
  }
  return { ...found, state: "current", why: "" };
}

async function lostChildren({ children }: StandingImage, stores: readonly ReadStore[]): Promise<readonly string[]> {
  const looks = stores.flatMap((store) =>
    children.map(async ({ descriptor }) =>
      (await store.headManifest(descriptor.digest)) === undefined
        ? [`${store.name}@${descriptor.digest}, which it is made of, is missing`]
        : [],
    ),
  );
  return (await Promise.all(looks)).flat();
}

async function isLater(store: ReadStore, digest: string, { run }: StandingImage): Promise<boolean> {
  if (cost(store) > 0 || run === undefined) return false;
  const other = (await readStanding(store, digest))?.run;
  return other !== undefined && isRunId(other) && isRunId(run) && BigInt(other) > BigInt(run);
}
