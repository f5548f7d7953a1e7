import { parseDockerfile } from "../dockerfile/dockerfile.ts";
import type { BuildQuestion, Inferred } from "../infer/build-inputs.ts";
import { Inference } from "../infer/inference.ts";
import type { ReadableTree } from "../infer/tree.ts";
import { type TreeFact, WatchedTree } from "./followed-tree.ts";

interface Answer {
  readonly inferred: Inferred;
  /** The same for answers that say the same. */
  readonly key: string;
}

// Beyond that a history has had so many other builds that the oldest are not asked for again.
const MAX_ANSWERS = 20_000;

/**
 * What builds read, in one tree after the other: a question is answered anew when something that its answer was made from has
 * changed. While an answer says the same, it is the same object. Of what it holds, tests of files look at the tree as it is.
 */
export class FollowedInference {
  readonly #tree: ReadableTree;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #answers = new Map<string, Answer>();
  readonly #dropped = new Map<string, Answer>();
  readonly #askedFor = new Map<TreeFact, Set<string>>();
  readonly #parse = rememberedDockerfiles();

  /** `texts` is looked at whenever a question is answered. */
  constructor(tree: ReadableTree, texts: ReadonlyMap<string, string>) {
    this.#tree = tree;
    this.#texts = texts;
  }

  /** Whether any answer is no longer certain. */
  forget(facts: ReadonlySet<TreeFact>): boolean {
    let any = false;
    for (const fact of facts) {
      for (const question of this.#askedFor.get(fact) ?? []) {
        const answer = this.#answers.get(question);
        if (answer === undefined) continue;
        this.#answers.delete(question);
        this.#dropped.set(question, answer);
        any = true;
      }
      this.#askedFor.delete(fact);
    }
    return any;
  }

  /** `key`: the same for equal questions. */
  infer(question: BuildQuestion, key: string): Inferred {
    const known = this.#answers.get(key);
    if (known !== undefined) return known.inferred;
    if (this.#answers.size >= MAX_ANSWERS) this.#forgetAll();
    const tree = new WatchedTree(this.#tree, this.#texts);
    const inferred = new Inference(tree, this.#parse).infer(question);
    const answer = this.#same({ inferred, key: JSON.stringify(inferred) }, key);
    this.#answers.set(key, answer);
    for (const fact of tree.seal()) {
      const asked = this.#askedFor.get(fact);
      if (asked === undefined) this.#askedFor.set(fact, new Set([key]));
      else asked.add(key);
    }
    return answer.inferred;
  }

  /** The answer of before, where nothing has come of the change. */
  #same(answer: Answer, question: string): Answer {
    const before = this.#dropped.get(question);
    this.#dropped.delete(question);
    return before?.key === answer.key ? before : answer;
  }

  #forgetAll(): void {
    this.#answers.clear();
    this.#dropped.clear();
    this.#askedFor.clear();
  }
}

/** Texts that were read lately are not read again. */
export function rememberedDockerfiles(): typeof parseDockerfile {
  const known = new Map<string, ReturnType<typeof parseDockerfile>>();
  return (text) => {
    const parsed = known.get(text) ?? parseDockerfile(text);
    known.set(text, parsed);
    const [oldest] = known.keys();
    if (known.size > MAX_DOCKERFILES && oldest !== undefined) known.delete(oldest);
    return parsed;
  };
}

const MAX_DOCKERFILES = 1_000;
