import type { SignatureState } from "@fanfold/digest-tools/planning";
import type { ReuseDecision } from "./decide.ts";
import type { PublishedState } from "./published-state.ts";

/** Whether images, `repository@digest`, carry a signature that counts. */
export type AskSignatures = (references: readonly string[]) => Promise<ReadonlyMap<string, SignatureState>>;

interface Judged {
  readonly states: ReadonlyMap<string, PublishedState>;
  readonly decisions: ReadonlyMap<string, ReuseDecision>;
  /** What images are built from, by ids. */
  readonly bases: ReadonlyMap<string, readonly string[]>;
}

/**
 * Where images are signed: what a run publishes again, or builds on, must be signed by us, whatever its annotations say of it.
 * What is asked for is only what is relied on, and what is not ours changes what that is, so that it is asked in rounds.
 */
export class SignedStates {
  readonly #ask: AskSignatures;
  readonly #known = new Set<string>();

  constructor(ask: AskSignatures) {
    this.#ask = ask;
  }

  /** The states with what was found; undefined: all that is relied on has been asked for. */
  async next(judged: Judged): Promise<ReadonlyMap<string, PublishedState> | undefined> {
    const { states } = judged;
    const { republished, builtOn } = reliedOn(judged);
    const asked = [...new Set([...republished, ...builtOn])].filter((id) => !this.#known.has(this.#key(id, builtOn)));
    if (asked.length === 0) return undefined;
    for (const id of asked) this.#known.add(this.#key(id, builtOn));
    const references = new Map(asked.map((id) => [id, referencesOf(states.get(id))]));
    const found = await this.#ask([...references.values()].flat());
    return new Map(
      [...states].map(([id, state]) => {
        const own = (references.get(id) ?? []).map((reference) => ({ reference, is: found.get(reference) }));
        const other = own.find(({ is }) => is?.kind !== "signed");
        if (other === undefined) return [id, state];
        return [id, untrusted(state, other, builtOn.has(id))];
      }),
    );
  }

  /** What is built on matters more, and what is both is asked for again when that comes up. */
  #key(id: string, builtOn: ReadonlySet<string>): string {
    return builtOn.has(id) ? `${id} built on` : id;
  }
}

function reliedOn({ states, decisions, bases }: Judged) {
  const republished = new Set<string>();
  const builtOn = new Set<string>();
  for (const [id, { kind }] of decisions) {
    if (kind === "claim" || kind === "heal" || kind === "retag") republished.add(id);
    if (kind !== "build") continue;
    for (const base of bases.get(id) ?? []) {
      const isHanded = decisions.get(base)?.kind !== "build" && referencesOf(states.get(base)).length > 0;
      if (isHanded) builtOn.add(base);
    }
  }
  return { republished, builtOn };
}

/** What of an image would be published again, or is built on: its index in each repository. */
export function referencesOf(state: PublishedState | undefined): readonly string[] {
  if (state === undefined || state.state === "absent") return [];
  return Object.entries(state.index).map(([repository, digest]) => `${repository}@${digest}`);
}

/**
 * What is not ours is not what would be built; as something to build on it is nothing at all. Of what nobody can tell whether it is,
 * the diff decides.
 */
export function untrusted(
  state: PublishedState,
  { reference, is }: { readonly reference: string; readonly is: SignatureState | undefined },
  isBuiltOn: boolean,
): PublishedState {
  const reason = is === undefined || is.kind === "signed" ? "it was not asked for" : is.reason;
  if (isBuiltOn || is?.kind === "unsigned") {
    const why = `${state.ledger} carries no signature that counts in ${reference}: ${reason}`;
    return { ...state, state: isBuiltOn ? "absent" : "stale", why };
  }
  const why = `it is not known whether ${reference} is signed by us: ${reason}`;
  return { ...state, state: "unreadable", why };
}
