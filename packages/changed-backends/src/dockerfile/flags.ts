import { cut } from "./go-text.ts";
import { RefusedText } from "./refusal.ts";

type FlagType = "text" | "list" | "switch";

/** What an instruction was given as `--name=value`, by name; a switch is `true` or `false`. */
export type Flags = ReadonlyMap<string, readonly string[]>;

const KNOWN: Readonly<Record<string, Readonly<Record<string, FlagType>>>> = {
  ADD: {
    chown: "text",
    chmod: "text",
    link: "switch",
    "keep-git-dir": "switch",
    checksum: "text",
    unpack: "switch",
    exclude: "list",
  },
  COPY: { chown: "text", from: "text", chmod: "text", link: "switch", exclude: "list", parents: "switch" },
  FROM: { platform: "text" },
  HEALTHCHECK: {
    interval: "text",
    timeout: "text",
    "start-period": "text",
    "start-interval": "text",
    retries: "text",
  },
  RUN: { mount: "list", network: "text", security: "text", device: "list" },
};

// BuildKit reads none of these instructions' flags, so that a wrong one is no error.
const UNREAD: ReadonlySet<string> = new Set(["ARG", "STOPSIGNAL"]);

/** The flags of an instruction, as BuildKit takes them.
 * @throws RefusedText for what it would refuse
 */
export function readFlags(command: string, flags: readonly string[]): Flags {
  const known = KNOWN[command] ?? {};
  const values = new Map<string, string[]>();
  if (UNREAD.has(command)) return values;
  for (const flag of flags) {
    if (flag === "--") break;
    const [dashed, value] = cut(flag, "=");
    const name = dashed.slice(2);
    const type = Object.hasOwn(known, name) ? known[name] : undefined;
    if (type === undefined) throw new RefusedText(`${command} has no flag ${dashed}`);
    const before = values.get(name);
    if (before !== undefined && type !== "list") throw new RefusedText(`${dashed} stands there twice`);
    values.set(name, [...(before ?? []), flagValue(dashed, type, value)]);
  }
  return values;
}

function flagValue(flag: string, type: FlagType, value: string | undefined): string {
  if (type !== "switch") {
    if (value === undefined) throw new RefusedText(`${flag} must have a value`);
    return value;
  }
  const lower = (value ?? "true").toLowerCase();
  if (lower !== "true" && lower !== "false") throw new RefusedText(`${flag} must be true or false, not ${value}`);
  return lower;
}
