/** A file's path: bytes where text is not enough, since git's paths need not be UTF-8. */
export type ScratchPath = string | Uint8Array;

/**
 * What a commit does to a path: new content, content with a mode of its own, an object that is there already
 * (a submodule's commit, a directory's tree), or `null` for removed. A symbolic link's content is its target.
 */
export type ScratchFile =
  | string
  | Uint8Array
  | { readonly mode: "100644" | "100755" | "120000"; readonly content: string | Uint8Array }
  | { readonly mode: "160000" | "040000"; readonly object: string }
  | null;

export interface ImportedCommit {
  readonly ref: string;
  readonly person: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly message: string;
  readonly parents: readonly string[];
  readonly renames: Iterable<readonly [ScratchPath, ScratchPath]>;
  readonly files: Iterable<readonly [ScratchPath, ScratchFile]>;
}

/** The stream `git fast-import` reads for one commit. https://git-scm.com/docs/git-fast-import */
export function fastImportStream(commit: ImportedCommit): Buffer {
  const [first, ...others] = commit.parents;
  const who = `${commit.person} ${commit.time} +0000\n`;
  return Buffer.concat([
    Buffer.from(`commit ${commit.ref}\nauthor ${who}committer ${who}`),
    data(commit.message),
    Buffer.from(first === undefined ? "" : `from ${first}\n`),
    Buffer.from(others.map((parent) => `merge ${parent}\n`).join("")),
    ...Array.from(commit.renames, ([from, to]) => Buffer.from(`R ${quoted(from)} ${quoted(to)}\n`)),
    ...Array.from(commit.files, ([path, file]) => fileCommand(quoted(path), file)),
    Buffer.from("done\n"),
  ]);
}

function fileCommand(path: string, file: ScratchFile): Buffer {
  if (file === null) return Buffer.from(`D ${path}\n`);
  if (typeof file === "string" || file instanceof Uint8Array) return inline("100644", path, file);
  if ("object" in file) return Buffer.from(`M ${file.mode} ${file.object} ${path}\n`);
  return inline(file.mode, path, file.content);
}

function inline(mode: string, path: string, content: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`M ${mode} inline ${path}\n`), data(content)]);
}

function data(content: string | Uint8Array): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")]);
}

/** A path as a C string, which holds every byte but NUL. */
function quoted(path: ScratchPath): string {
  const escaped = Array.from(typeof path === "string" ? Buffer.from(path) : path, (byte) => {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    return plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  });
  return `"${escaped.join("")}"`;
}
