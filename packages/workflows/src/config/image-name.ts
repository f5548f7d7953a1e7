// The grammar of distribution's references
// (https://github.com/distribution/reference/blob/main/regexp.go), without tag and digest.
const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const HOST = `(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const NAME = new RegExp(`^(?:(${HOST})/)?(${COMPONENT}(?:/${COMPONENT})*)$`);
const MAX_LENGTH = 255;

/**
 * A repository's full name (`docker.io/library/x` for `x`), the same for all ways to write it; undefined: the text is
 * no name of a repository.
 */
export function fullImageName(text: string): string | undefined {
  const [, head, tail] = NAME.exec(text) ?? [];
  if (tail === undefined || text.length > MAX_LENGTH) return undefined;
  // As docker has it: the first part is a host when it could not be a user's name.
  if (head !== undefined && /[.:A-Z]|^localhost$/.test(head)) return `${head.toLowerCase()}/${tail}`;
  const path = head === undefined ? tail : `${head}/${tail}`;
  return `docker.io/${path.includes("/") ? path : `library/${path}`}`;
}

/** What is wrong with a text that is no repository's name, for people. */
export function imageNameFlaw(text: string): string {
  if (/@|:[^/]*$/.test(text)) return "has a tag or a digest, which the plan gives";
  if (/[A-Z]/.test(text)) return "has capital letters, which repositories must not have";
  if (text.includes("://")) return "is an address, not a name";
  if (text.length > MAX_LENGTH) return `has ${text.length} characters, of which ${MAX_LENGTH} are allowed`;
  return "is no name of a repository";
}
