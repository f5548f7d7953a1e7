import type { ReadStore } from "@fanfold/digest-tools/internal";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import { repositoryName } from "../config/images.ts";
import { askLedger, type LedgerQuestion } from "./ask-ledger.ts";
import type { PublishedState } from "./published-state.ts";

/**
 * What is published of images, all of them asked at once; the stores bound how much and how long. What a registry refuses for one
 * repository, while it answers the same login for another one, is not there: registries do not tell strangers what exists.
 */
export async function askStates(
  questions: ReadonlyMap<string, LedgerQuestion>,
  openStore: (name: string) => ReadStore,
): Promise<ReadonlyMap<string, PublishedState>> {
  const heard = new Map<string, Set<string>>();
  const refused = new Set<string>();
  const open = (name: string): ReadStore => observed(openStore(name), { heard, refused });
  const asked = await Promise.all(
    [...questions].map(async ([id, question]) => [id, question, await attempt(question, open)] as const),
  );
  const isAbsent = (name: string): boolean =>
    refused.has(name) && [...(heard.get(registryOf(name)) ?? [])].some((other) => other !== name);
  return new Map(
    asked.map(([id, { repositories, reader }, found]): readonly [string, PublishedState] => {
      if (found.state !== "unreadable") return [id, found];
      const gone = [reader.repository, ...repositories].find(isAbsent);
      return gone === undefined
        ? [id, found]
        : [id, { ...found, state: "absent", why: `${gone} is refused, where others of its registry are not` }];
    }),
  );
}

async function attempt(question: LedgerQuestion, open: (name: string) => ReadStore): Promise<PublishedState> {
  try {
    return await askLedger(question, open);
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    const { reader, tags } = question;
    const [problem] = error.diagnostics;
    const ledger = `${reader.repository}:${tags.ledger}`;
    const why = problem?.message ?? error.message;
    return { state: "unreadable", ledger, standing: undefined, index: {}, why, problem };
  }
}

interface Observed {
  /** By registry, the repositories that were answered for. */
  readonly heard: Map<string, Set<string>>;
  /** Repositories that the login is refused for. */
  readonly refused: Set<string>;
}

function observed(store: ReadStore, { heard, refused }: Observed): ReadStore {
  const { name } = store;
  const noted = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const answer = await work;
      const registry = registryOf(name);
      heard.set(registry, (heard.get(registry) ?? new Set()).add(name));
      return answer;
    } catch (error) {
      if (isFanfoldError(error) && ["unauthorized", "denied"].includes(error.code)) refused.add(name);
      throw error;
    }
  };
  return {
    name,
    headManifest: (reference) => noted(store.headManifest(reference)),
    getManifest: (reference) => noted(store.getManifest(reference)),
  };
}

function registryOf(name: string): string {
  const full = repositoryName(name) ?? name;
  return full.slice(0, full.indexOf("/"));
}
