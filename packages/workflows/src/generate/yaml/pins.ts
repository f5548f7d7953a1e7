import { type Diagnostic, formatPlace, type Place } from "@fanfold-internal/kit/process/diagnostic";
import own from "../../../package.json" with { type: "json" };
import type { GenerateCode } from "../../base/codes.ts";

/** An action of somebody else's that generated workflows use. */
export type PinnedAction = keyof typeof FIRST_PINS;

export interface Pin {
  /** 40 hex digits. */
  readonly sha: string;
  /** The release that the commit is, as bots write it beside the pin. */
  readonly version: string;
}

/** An image that one of those actions pulls and runs, as root. */
export type PinnedImage = keyof typeof FIRST_IMAGES;

/** One of Fanfold's own actions. */
export type OwnAction = "plan" | "build" | "merge" | "disk-setup";

/** Where Fanfold's own actions lie: all four are of one release. */
export const OWN_ACTIONS = "fanfold/fanfold/actions";

/** What generated files pin: actions by commit, and the images that those pull by digest. */
export interface Pins {
  readonly actions: Readonly<Record<PinnedAction, Pin>>;
  /** Of Fanfold's own actions; undefined: no file names one, and there is no release of them. */
  readonly own: Pin | undefined;
  /** Whole references: `moby/buildkit:buildx-stable-1@sha256:…` */
  readonly images: Readonly<Record<PinnedImage, string>>;
}

// Where a repository has no generated file yet. From then on the pins live in its files, where bots see and raise them.
const FIRST_PINS = {
  "actions/checkout": { sha: "3d3c42e5aac5ba805825da76410c181273ba90b1", version: "v7.0.1" },
  "actions/download-artifact": { sha: "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", version: "v8.0.1" },
  "actions/setup-node": { sha: "820762786026740c76f36085b0efc47a31fe5020", version: "v7.0.0" },
  "actions/upload-artifact": { sha: "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", version: "v7.0.1" },
  "docker/login-action": { sha: "dbcb813823bdd20940b903addbd779551569679f", version: "v4.6.0" },
  "docker/setup-buildx-action": { sha: "bb05f3f5519dd87d3ba754cc423b652a5edd6d2c", version: "v4.2.0" },
  "docker/setup-qemu-action": { sha: "96fe6ef7f33517b61c61be40b68a1882f3264fb8", version: "v4.2.0" },
  "sigstore/cosign-installer": { sha: "6f9f17788090df1f26f669e9d70d6ae9567deba6", version: "v4.1.2" },
} as const;

// The defaults of docker/setup-buildx-action and docker/setup-qemu-action are tags, which move.
const FIRST_IMAGES = {
  "moby/buildkit":
    "moby/buildkit:buildx-stable-1@sha256:2f5adac4ecd194d9f8c10b7b5d7bceb5186853db1b26e5abd3a657af0b7e26ec",
  "tonistiigi/binfmt":
    "tonistiigi/binfmt:qemu-v10.2.3@sha256:400a4873b838d1b89194d982c45e5fb3cda4593fbfd7e08a02e76b03b21166f0",
} as const;

/** The commit that the release of this package put its actions into: the build of a release names it. */
function releasedActions(): Pin | undefined {
  const sha = process.env.FANFOLD_ACTIONS_COMMIT ?? "";
  return sha === "" ? undefined : { sha, version: `v${own.version}` };
}

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
  const actions = {
    "actions/checkout": pinOf("actions/checkout"),
    "actions/download-artifact": pinOf("actions/download-artifact"),
    "actions/setup-node": pinOf("actions/setup-node"),
    "actions/upload-artifact": pinOf("actions/upload-artifact"),
    "docker/login-action": pinOf("docker/login-action"),
    "docker/setup-buildx-action": pinOf("docker/setup-buildx-action"),
    "docker/setup-qemu-action": pinOf("docker/setup-qemu-action"),
    "sigstore/cosign-installer": pinOf("sigstore/cosign-installer"),
  };
  const foundImages = [...files].flatMap(([file, text]) => imagesIn(file, text));
  const imageOf = (image: PinnedImage): string => {
    const own = foundImages.filter((found) => found.image === image);
    findings.push(...imageFaults(image, own));
    return own[0]?.reference ?? FIRST_IMAGES[image];
  };
  const images = {
    "moby/buildkit": imageOf("moby/buildkit"),
    "tonistiigi/binfmt": imageOf("tonistiigi/binfmt"),
  };
  const ours = found.filter(({ action }) => action.startsWith(`${OWN_ACTIONS}/`));
  const [first] = ours;
  if (first !== undefined) findings.push(...faultsOf(OWN_ACTIONS, first, ours));
  const ourPin = first === undefined ? releasedActions() : { sha: first.sha, version: first.version };
  return { pins: { actions, images, own: ourPin }, findings };
}

interface FoundImage {
  readonly image: string;
  readonly reference: string;
  readonly at: Place;
}

/** What the inputs `image` of setup-qemu-action and `driver-opts` of setup-buildx-action name. */
function imagesIn(file: string, text: string): readonly FoundImage[] {
  return text.split("\n").flatMap((line, index) => {
    const [, reference] = /^\s*(?:driver-opts:\s*["']?image=|image:\s*["']?)([^\s"'#]+)/.exec(line) ?? [];
    const image = Object.keys(FIRST_IMAGES).find((name) => reference?.split(/[:@]/)[0]?.endsWith(name));
    return image === undefined || reference === undefined ? [] : [{ image, reference, at: { file, line: index + 1 } }];
  });
}

function imageFaults(image: string, found: readonly FoundImage[]): readonly Diagnostic<GenerateCode>[] {
  const [first] = found;
  const loose = found.find(({ reference }) => !/@sha256:[0-9a-f]{64}$/.test(reference));
  if (loose !== undefined) {
    return [
      {
        code: "image-not-pinned",
        severity: "error",
        message: `${image} is used as ${JSON.stringify(loose.reference)}, whose content can change`,
        at: loose.at,
        fix: "pin it by digest: NAME:TAG@sha256:…",
      },
    ];
  }
  const other = found.find(({ reference }) => reference !== first?.reference);
  if (first === undefined || other === undefined) return [];
  return [
    {
      code: "pins-differ",
      severity: "error",
      message: `${image} is pinned twice: ${first.reference} in ${formatPlace(first.at)}, ${other.reference} here`,
      at: other.at,
      fix: "keep one of them in all generated files, then run fanfold generate",
    },
  ];
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
