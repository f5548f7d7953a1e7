import { isFanfoldError, reasonOf } from "@fanfold-internal/kit/process/errors";
import type { DiffSources } from "../diff/attempt.ts";
import type { Checkout } from "../git/checkout.ts";
import { kindOf, type ListedPath, listCommit, readTexts } from "../git/commit-tree.ts";
import { gitIn } from "../git/git-command.ts";
import { openScratch } from "../git/git-diff.ts";
import { findPath } from "../infer/found-path.ts";
import { RepositoryTree } from "../infer/tree.ts";

/** A commit's tree, or why it cannot be had, in a few words. */
export type ReadTree =
  | { readonly kind: "tree"; readonly tree: RepositoryTree; readonly paths: readonly ListedPath[] }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface TreeQuestion {
  readonly root: string;
  readonly commit: string;
  readonly sources: DiffSources;
  /** Paths of files to read, where they are there: Dockerfiles, ignore files. */
  readonly wanted: readonly string[];
}

interface TreeSource {
  readonly paths: readonly ListedPath[];
  /** By their ids. */
  readTexts(paths: readonly ListedPath[]): Promise<ReadonlyMap<string, string>>;
}

// A file that only the API has takes a call each.
const MAX_API_FILES = 64;

/**
 * The tree of a commit with the texts that inference needs: links, Dockerfiles and ignore files. From the clone without
 * any request where it has them; what it lacks is fetched into a repository beside it, and without a clone the API is asked.
 */
export function readTree(question: TreeQuestion): Promise<ReadTree> {
  const { sources, root, commit, wanted } = question;
  const answers = known.get(sources) ?? new Map<string, Promise<ReadTree>>();
  known.set(sources, answers);
  const key = JSON.stringify([root, commit, wanted]);
  const answer = answers.get(key) ?? readOnce(question);
  answers.set(key, answer);
  return answer;
}

/** What a command has read: inputs and bases are found in the same files. */
const known = new WeakMap<DiffSources, Map<string, Promise<ReadTree>>>();

async function readOnce({ root, commit, sources, wanted }: TreeQuestion): Promise<ReadTree> {
  try {
    const opened = await openSource(root, commit, sources);
    if (typeof opened === "string") return { kind: "unavailable", reason: opened };
    try {
      return { kind: "tree", tree: await filled(opened, wanted), paths: opened.paths };
    } finally {
      opened.close();
    }
  } catch (error) {
    return { kind: "unavailable", reason: reasonOf(error) };
  }
}

/** The texts of what is wanted, over links, which are known only once they are read. */
async function filled(source: TreeSource, wanted: readonly string[]): Promise<RepositoryTree> {
  const texts = new Map<string, string>();
  const read = async (paths: readonly ListedPath[]): Promise<void> => {
    const found = await source.readTexts(paths);
    for (const { path, id } of paths) {
      const text = found.get(id);
      if (text !== undefined) texts.set(path, text);
    }
  };
  await read(source.paths.filter(({ kind }) => kind === "link"));
  const tree = new RepositoryTree(source.paths, texts);
  const found = new Set(wanted.map((path) => findPath(path, tree)?.path));
  await read(source.paths.filter(({ path }) => found.has(path)));
  return tree;
}

async function openSource(
  root: string,
  commit: string,
  sources: DiffSources,
): Promise<(TreeSource & { close(): void }) | string> {
  const checkout = await openedCheckout(sources);
  if (checkout === undefined) return openApi(commit, sources);
  const git = gitIn({ directory: root, network: "offline" }, sources.remote);
  const paths = await listCommit(git, commit);
  const idsOf = (wanted: readonly ListedPath[]): readonly string[] => [...new Set(wanted.map(({ id }) => id))];
  const beside = async <T>(ask: (scratch: Awaited<ReturnType<typeof openScratch>>) => Promise<T>): Promise<T> => {
    const scratch = await openScratch(checkout, sources.remote);
    try {
      return await ask(scratch);
    } finally {
      scratch.close();
    }
  };
  if (paths !== undefined) {
    return {
      paths,
      async readTexts(wanted) {
        const ids = idsOf(wanted);
        const here = await readTexts(git, ids);
        const missing = ids.filter((id) => !here.has(id));
        if (missing.length === 0) return here;
        return new Map([...here, ...(await beside((scratch) => scratch.readTexts(missing)))]);
      },
      close: () => {},
    };
  }
  const scratch = await openScratch(checkout, sources.remote);
  const fetched = await scratch.list(commit);
  if (fetched !== undefined) {
    return { paths: fetched, readTexts: (wanted) => scratch.readTexts(idsOf(wanted)), close: () => scratch.close() };
  }
  scratch.close();
  return openApi(commit, sources);
}

/** Undefined: there is none, or git refuses it, which is said where changes are looked for. */
async function openedCheckout({ checkout }: DiffSources): Promise<Checkout | undefined> {
  try {
    return await checkout();
  } catch (error) {
    if (isFanfoldError(error)) return undefined;
    throw error;
  }
}

async function openApi(commit: string, { github }: DiffSources): Promise<(TreeSource & { close(): void }) | string> {
  if (github === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return "there is no git repository here";
  const answer = await github.tree(commit);
  if (answer.kind !== "answer") return `GitHub's API gave no list of files (${answer.reason})`;
  if (answer.value.kind === "truncated") return "GitHub's API cut the list of files off";
  const paths = [...answer.value.files].flatMap(([path, objects]): readonly ListedPath[] =>
    // Several, where names differ only in bytes that are not UTF-8: git lists them with one text, too.
    objects
      .split(";")
      .slice(0, -1)
      .map((object) => {
        const [mode = "", id = ""] = object.split(" ");
        return { path, mode, kind: kindOf(mode), id };
      }),
  );
  return {
    paths,
    async readTexts(wanted) {
      // The API gives what a link leads to, not the link.
      const files = wanted.filter(({ kind }) => kind === "file");
      if (files.length > MAX_API_FILES)
        throw new Error(`${files.length} files would have to be read from GitHub's API`);
      const texts = new Map<string, string>();
      for (const { path, id } of files) {
        const file = await github.fileAt(path, commit);
        if (file.kind === "answer" && file.value !== undefined) texts.set(id, file.value);
      }
      return texts;
    },
    close: () => {},
  };
}
