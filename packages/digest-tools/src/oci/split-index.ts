import type { ImageContent } from "./image-content.ts";
import { type IndexLeg, isAttestation, subjectOf } from "./image-index.ts";

/**
 * An image as legs of one platform each, with the attestations about it, so that another index can be made of the same
 * children. What is not about any of its images goes with the first, where making that index refuses it. `name`: for messages.
 */
export function legsOfImage(
  { manifest: { descriptor }, children, indexAnnotations }: Omit<ImageContent, "platforms">,
  name: string,
): readonly IndexLeg[] {
  const images = children.filter((child) => !isAttestation(child));
  const attestations = children.filter(isAttestation);
  const known = new Set<string>(images.map(({ digest }) => digest));
  const strays = attestations.filter((one) => !known.has(subjectOf(one) ?? ""));
  const leg = (own: IndexLeg["children"], platform: IndexLeg["platform"] = NOWHERE): IndexLeg => {
    return { name, platform, descriptor, children: own, indexAnnotations };
  };
  if (images.length === 0) return [leg(attestations)];
  return images.map((image, at) => {
    const own = attestations.filter((one) => subjectOf(one) === image.digest);
    return leg([image, ...own, ...(at === 0 ? strays : [])], image.platform);
  });
}

/** An index within an index has no platform, and is refused as that. */
const NOWHERE: IndexLeg["platform"] = { os: "unknown", architecture: "unknown" };
