import type { FileStatus } from "../base/diff.ts";
import { ChangedBackendsError } from "../base/error.ts";
import type { Checkout } from "./checkout.ts";
import { kindOf, type ListedPath, statusOf } from "./commit-tree.ts";
import { type GitAccess, openGit } from "./git-command.ts";

/** What stands at a path. */
export type TreeObject = Pick<ListedPath, "kind" | "id">;

/** What happened to a path between two trees. */
export interface TreeChange {
  /** Bytes that are not UTF-8 have become U+FFFD. */
  readonly path: string;
  /** Tells paths apart whose texts are the same. */
  readonly bytes: string;
  readonly status: FileStatus;
  readonly before: TreeObject | null;
  readonly after: TreeObject | null;
}

/** Two trees, by their ids. */
export type TreePair = readonly [before: string, after: string];

const DIFF = ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff"] as const;

/**
 * What differs between the trees of each pair, in their order: in one run of git, however many they are, of which no more is
 * kept than one pair's.
 *
 * @throws ChangedBackendsError `git-refused`
 */
export async function* treeDiffs(
  pairs: readonly TreePair[],
  checkout: Checkout,
  access: GitAccess,
): AsyncGenerator<readonly TreeChange[], void, void> {
  if (pairs.length === 0) return;
  const place = { directory: checkout.root, network: "offline" } as const;
  const git = await openGit([...DIFF, "--no-textconv", "--ignore-submodules=none"], place, access);
  try {
    git.write(pairs.map((pair) => `${pair.join(" ")}\n`).join(""));
    git.finish();
    let given = 0;
    for await (const changes of parsed(git.output)) {
      given += 1;
      yield changes;
    }
    const { ok, stderr } = await git.ended();
    if (ok && given === pairs.length) return;
    throw new ChangedBackendsError({
      code: "git-refused",
      message: `git cannot compare what the history holds: ${stderr.split("\n", 1)[0] ?? ""}`,
      fix: "a clone without trees (--filter=tree:0) has too little; clone it anew, with --filter=blob:none at most",
    });
  } finally {
    await git.close();
  }
}

const LINE = 10;
const COLON = 58;

/** Of each pair a line with its ids, and then its changes, two fields each. */
async function* parsed(output: AsyncIterable<Uint8Array>): AsyncGenerator<readonly TreeChange[], void, void> {
  let rest: Buffer = Buffer.alloc(0);
  let changes: TreeChange[] | undefined;
  for await (const chunk of output) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] === COLON) {
        const middle = bytes.indexOf(0, at);
        const end = middle === -1 ? -1 : bytes.indexOf(0, middle + 1);
        if (end === -1) break;
        changes?.push(treeChange(bytes.toString("latin1", at + 1, middle), bytes.toString("latin1", middle + 1, end)));
        at = end + 1;
      } else {
        const end = bytes.indexOf(LINE, at);
        if (end === -1) break;
        if (changes !== undefined) yield changes;
        changes = [];
        at = end + 1;
      }
    }
    rest = bytes.subarray(at);
  }
  if (changes !== undefined && rest.length === 0) yield changes;
}

function treeChange(said: string, bytes: string): TreeChange {
  const [oldMode = "", newMode = "", oldId = "", newId = "", letter = ""] = said.split(" ");
  return {
    path: decoded(bytes),
    bytes,
    status: statusOf(letter),
    before: objectOf(oldMode, oldId),
    after: objectOf(newMode, newId),
  };
}

function objectOf(mode: string, id: string): TreeObject | null {
  return mode === "000000" ? null : { kind: kindOf(mode), id };
}

const PLAIN = /^[\x20-\x7e]*$/;

function decoded(latin1: string): string {
  return PLAIN.test(latin1)
    ? latin1
    : new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.from(latin1, "latin1"));
}

/** All that a tree holds, as what differs from an empty one. */
export function emptyTreeOf({ objectFormat }: Pick<Checkout, "objectFormat">): string {
  return objectFormat === "sha256"
    ? "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    : "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
}
