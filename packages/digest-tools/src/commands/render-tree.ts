import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import { printable } from "@fanfold-internal/kit/text/printable";
import { countOf } from "@fanfold-internal/kit/text/words";
import { isIndexType } from "../oci/descriptor.ts";
import { nameIn } from "../oci/image-name.ts";
import type { Attestation, ImageTree, PlatformImage } from "../oci/image-tree.ts";
import { formatPlatform } from "../oci/platform.ts";

/** The image as a tree of lines, for a terminal. */
export function renderTree(tree: ImageTree): string {
  const { descriptor } = tree;
  const kind = isIndexType(descriptor.mediaType) ? "index" : "manifest";
  const lines = [
    nameIn({ name: tree.store }, tree.reference),
    `${kind} ${descriptor.digest}  ${descriptor.mediaType}  ${formatBytes(descriptor.size)}`,
    ...annotationLines(tree.annotations, ""),
    ...tree.images.flatMap((image, at) => imageLines(image, at === tree.images.length - 1)),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function imageLines(image: PlatformImage, last: boolean): readonly string[] {
  const { platform, descriptor, layers, size, annotations, attestations } = image;
  const name = platform === undefined ? "(no platform)" : formatPlatform(platform);
  const inner = last ? "   " : "│  ";
  return [
    `${last ? "└─" : "├─"} ${name}  ${descriptor.digest}  ${countOf(layers, "layer")}, ${formatBytes(size)}`,
    ...annotationLines(annotations, inner),
    ...attestations.map(
      (attestation, at) => `${inner}${at === attestations.length - 1 ? "└─" : "├─"} ${attestationLine(attestation)}`,
    ),
  ];
}

function attestationLine({ descriptor, predicates, size }: Attestation): string {
  return `attestation  ${descriptor.digest}  ${predicates.join(", ") || "no statements"}, ${formatBytes(size)}`;
}

function annotationLines(annotations: Readonly<Record<string, string>>, indent: string): readonly string[] {
  return Object.entries(annotations).map(([key, value]) => `${indent}   ${key}: ${value}`);
}
