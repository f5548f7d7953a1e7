/** How a registry wants to be asked, from its 401. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
      readonly scheme: "bearer";
      /** Address of the token service, as written. */
      readonly realm: string;
      readonly service: string | undefined;
      readonly scopes: readonly string[];
      /** `insufficient_scope`, `invalid_token`, … (RFC 6750 section 3.1). */
      readonly error: string | undefined;
    };

/**
 * Reads `WWW-Authenticate` (RFC 9110 section 11.6.1; https://distribution.github.io/distribution/spec/auth/token/).
 * Several challenges: Bearer before Basic. Undefined: none that is known.
 */
export function readChallenge(header: string | readonly string[] | undefined): Challenge | undefined {
  const known = [header ?? []].flat().flatMap(parseChallenges).flatMap(toChallenge);
  return known.find(({ scheme }) => scheme === "bearer") ?? known[0];
}

interface RawChallenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
// A parameter `name=value` of the challenge before, or the scheme of the next one.
const PART = new RegExp(
  `\\s*(?:(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))|(${TOKEN}))\\s*(?:,|(?=\\s)|$)`,
  "y",
);

function parseChallenges(text: string): readonly RawChallenge[] {
  const challenges: RawChallenge[] = [];
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (part === null || part[0] === "") break;
    const [, name, quoted, bare, scheme] = part;
    if (scheme !== undefined) challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set((name ?? "").toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "");
  }
  return challenges;
}

function toChallenge({ scheme, parameters }: RawChallenge): readonly Challenge[] {
  if (scheme === "basic") return [{ scheme }];
  const realm = parameters.get("realm");
  if (scheme !== "bearer" || realm === undefined) return [];
  const scopes = (parameters.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  return [{ scheme, realm, service: parameters.get("service"), scopes, error: parameters.get("error") }];
}
