import type { MetadataEvent } from "./event.ts";
import { globalValue } from "./expressions.ts";
import { bindKeys, evaluate, type Template } from "./template.ts";

/**
 * The labels of every image that is built for an event
 * (https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys), and those of
 * the config, which win. `created` is the commit's time, so that the same commit gives the same image; the version is
 * the index's annotation, since one image can have several.
 *
 * @param added lines `key=value`; one whose value is an absent key of the entry is left out
 * @returns sorted by key
 */
export function labelsOf(
  added: readonly { readonly key: string; readonly value: Template }[],
  event: MetadataEvent,
  lookUp: (key: string) => string | undefined,
): Readonly<Record<string, string>> {
  const { repository, sha, commitDate } = event;
  const labels = new Map<string, string>([
    ["org.opencontainers.image.title", repository.name],
    ["org.opencontainers.image.description", repository.description],
    ["org.opencontainers.image.url", repository.url],
    ["org.opencontainers.image.source", repository.url],
    ["org.opencontainers.image.created", commitDate.toISOString()],
    ["org.opencontainers.image.revision", sha],
    ["org.opencontainers.image.licenses", repository.license],
  ]);
  for (const { key, value } of added) {
    const bound = bindKeys(value, lookUp);
    if (bound !== undefined)
      labels.set(
        key,
        evaluate(bound, (expression) => globalValue(event, expression)),
      );
  }
  return Object.fromEntries([...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
