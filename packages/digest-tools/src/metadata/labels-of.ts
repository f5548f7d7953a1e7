import type { MetadataEvent } from "./event.ts";
import { describedValue } from "./expressions.ts";
import { bindKeys, evaluate, type Template } from "./template.ts";

/**
 * The labels of every image that is built for an event
 * (https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys), and those of
 * the config, which win. `created` is the commit's time, so that the same commit gives the same image; the version is
 * the index's annotation, since one image can have several. What nobody knows gives no label.
 *
 * @param added lines `key=value`; one whose value is an absent key of the entry is left out
 * @returns sorted by key
 * @throws UnusableValue
 */
export function labelsOf(
  added: readonly { readonly key: string; readonly value: Template }[],
  { event, version, lookUp }: LabelSource,
): Readonly<Record<string, string>> {
  const { repository, sha, commitDate } = event;
  const known: readonly (readonly [key: string, value: string | undefined])[] = [
    ["title", repository.name],
    ["description", repository.description],
    ["url", repository.url],
    ["source", repository.url],
    ["created", commitDate?.toISOString()],
    ["revision", sha],
    ["licenses", repository.license],
  ];
  const labels = new Map<string, string>(
    known.flatMap(([key, value]) => (value ? [[`org.opencontainers.image.${key}`, value] as const] : [])),
  );
  for (const { key, value } of added) {
    const bound = bindKeys(value, lookUp);
    if (bound !== undefined)
      labels.set(
        key,
        evaluate(bound, (expression) => describedValue(event, version, expression)),
      );
  }
  return Object.fromEntries([...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

interface LabelSource {
  readonly event: MetadataEvent;
  /** What `{{version}}` stands for. */
  readonly version: string | undefined;
  readonly lookUp: (key: string) => string | undefined;
}
