import { type Diagnostic, formatPlace, type Place } from "@fanfold-internal/kit/process/diagnostic";
import type { GenerateCode } from "../../base/codes.ts";

/** An action of somebody else's that generated workflows use. */
export type PinnedAction = keyof typeof FIRST_PINS;

interface Pin {
  /** 40 hex digits. */
  readonly sha: string;
  /** The release that the commit is, as bots write it beside the pin. */
  readonly version: string;
}

export type Pins = Readonly<Record<PinnedAction, Pin>>;

// Where a repository has no generated file yet. From then on the pins live in its files, where bots see and raise them.
const FIRST_PINS = {
  "actions/checkout": { sha: "3d3c42e5aac5ba805825da76410c181273ba90b1", version: "v7.0.1" },
  "actions/download-artifact": { sha: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", version: "v8.0.1" },
  "actions/setup-node": { sha: "820762786026740c76f36085b0efc47a31fe5020", version: "v7.0.0" },
  "actions/upload-artifact": { sha: "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", version: "v7.0.1" },
  "docker/login-action": { sha: "dbcb813823bdd20940b903addbd779551569679f", version: "v4.6.0" },
  "docker/setup-buildx-action": { sha: "bb05f3f5519dd87d3ba754cc423b652a5edd6d2c", version: "v4.2.0" },
  "docker/setup-qemu-action": { sha: "96fe6ef7f33517b61c61be40b68a1882f3264fb8", version: "v4.2.0" },
} as const;

interface FoundPin extends Pin {
  readonly at: Place;
}

/** The pins of generated files that are there, and the package's own for actions that none of them names. */
export function readPins(files: ReadonlyMap<string, string>): {
  readonly pins: Pins;
  readonly findings: readonly Diagnostic<GenerateCode>[];
} {
  const found = [...files].flatMap(([file, text]) => pinsIn(file, text));
  const findings: Diagnostic<GenerateCode>[] = [];
  const pinOf = (action: PinnedAction): Pin => {
    const own = found.filter((pin) => pin.action === action);
    const [first] = own;
    if (first === undefined) return FIRST_PINS[action];
    findings.push(...faultsOf(action, first, own));
    return { sha: first.sha, version: first.version };
  };
  const pins = {
    "actions/checkout": pinOf("actions/checkout"),
    "actions/download-artifact": pinOf("actions/download-artifact"),
    "actions/setup-node": pinOf("actions/setup-node"),
    "actions/upload-artifact": pinOf("actions/upload-artifact"),
    "docker/login-action": pinOf("docker/login-action"),
    "docker/setup-buildx-action": pinOf("docker/setup-buildx-action"),
    "docker/setup-qemu-action": pinOf("docker/setup-qemu-action"),
  };
  return { pins, findings };
}

function faultsOf(action: string, first: FoundPin, pins: readonly FoundPin[]): readonly Diagnostic<GenerateCode>[] {
  const loose = pins.find(({ sha }) => !/^[0-9a-f]{40}$/.test(sha));
  if (loose !== undefined) {
    return [
      {
        code: "pin-not-a-commit",
        severity: "error",
        message: `${action} is pinned to ${JSON.stringify(loose.sha)}, which is not a full commit SHA`,
        at: loose.at,
        fix: "pin it to 40 hex digits, with the version in a comment behind",
      },
    ];
  }
  const other = pins.find(({ sha, version }) => sha !== first.sha || version !== first.version);
  if (other === undefined) return [];
  const what = other.sha === first.sha ? "one commit under two versions" : "two commits";
  return [
    {
      code: "pins-differ",
      severity: "error",
      message: `${action} is pinned to ${what}: ${first.sha} ${first.version} in ${formatPlace(first.at)}, ${other.sha} ${other.version} here`,
      at: other.at,
      fix: "keep one of them in all generated files, then run fanfold generate",
    },
  ];
}

function pinsIn(file: string, text: string): readonly (FoundPin & { readonly action: string })[] {
  // Line by line: that also reads a file with the marks of a merge conflict in it.
  return text.split("\n").flatMap((line, index) => {
    const match = /^\s*(?:-\s+)?uses:\s*["']?([^\s"'@]+)@([^\s"'#]+)["']?\s*(?:#\s*(.*?))?\s*$/.exec(line);
    const [, action, sha, version = ""] = match ?? [];
    return action === undefined || sha === undefined ? [] : [{ action, sha, version, at: { file, line: index + 1 } }];
  });
}
