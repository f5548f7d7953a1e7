import type { SelectedChanges } from "@fanfold/changed-backends";
import type { MetadataEvent } from "@fanfold/digest-tools/internal";
import { parseConfig } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { configMetadata } from "../config/metadata.ts";
import type { KnownKeys } from "../content/image-content.ts";
import type { PublishedImage } from "../published/published-images.ts";
import type { LedgerQuestion } from "./ask-ledger.ts";
import { ledgerReader, ledgerTags } from "./ledger.ts";
import type { ReuseSetting } from "./reuse-setting.ts";

export interface QuestionGround {
  readonly family: Family;
  readonly setting: ReuseSetting;
  readonly event: MetadataEvent;
  readonly changed: Pick<SelectedChanges, "formerConfig">;
}

/**
 * What is to be asked of images, by their ids. Those that nothing could be known of are left out.
 * @param head - keys of what the commit would build
 */
export function ledgerQuestions(
  { family, setting, event, changed }: QuestionGround,
  images: readonly PublishedImage[],
  branch: string,
  head: KnownKeys,
): ReadonlyMap<string, LedgerQuestion> {
  const tags = ledgerTags(family, event, branch);
  const before = formerFamily(family, changed);
  const former = before === undefined ? undefined : ledgerTags(before, event, branch);
  return new Map(
    images.flatMap(({ group, repositories }): readonly (readonly [string, LedgerQuestion])[] => {
      const { id } = group.identity;
      const own = tags.get(id);
      const reader = ledgerReader(repositories, setting.registry);
      if (own === undefined || reader === undefined) return [];
      const expected = head.get(id) ?? null;
      return [[id, { repositories, reader, tags: own, former: former?.get(id)?.ledger, expected }]];
    }),
  );
}

/** The family with the tags that its config gave before it was changed. */
function formerFamily(family: Family, { formerConfig }: QuestionGround["changed"]): Family | undefined {
  if (formerConfig === undefined) return undefined;
  const parsed = parseConfig(formerConfig, family.config.file ?? "");
  if (parsed.kind === "invalid") return undefined;
  const { metadata } = configMetadata(parsed.value, family.matrix, family.identity.identify);
  return { ...family, config: parsed.value, metadata };
}
