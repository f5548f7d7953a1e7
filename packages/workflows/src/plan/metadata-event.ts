import type { ComparisonRequest } from "@fanfold/changed-backends";
import { type MetadataEvent, readMetadataEvent } from "@fanfold/digest-tools/planning";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { Environment } from "@fanfold-internal/kit/process/host";
import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { readActionsEvent, textAt } from "@fanfold-internal/matrix/event";

type MetadataRequest = Pick<ComparisonRequest, "event" | "payload"> & { readonly sources: CommitSource };
type CommitSource = Pick<ComparisonRequest["sources"], "checkout">;

/**
 * The event that tags and labels are made from: as the plan has it, with what its payload says of the repository and when
 * its commit was made.
 * @throws DigestToolsError `invalid-tag`, for an unusable DOCKER_METADATA_SHORT_SHA_LENGTH
 */
export async function plannedMetadataEvent(
  { event, payload, sources }: MetadataRequest,
  env: Environment,
): Promise<MetadataEvent> {
  const actions = { ...readActionsEvent({ name: event.name, payload, env }), ...event };
  const read = readMetadataEvent(actions, env, { commitDate: undefined, now: new Date() });
  return { ...read, commitDate: await commitDate(read.sha, payload, sources) };
}

/** When a commit was made: as git says where it is, else as the push that brought it. Undefined: nobody knows. */
async function commitDate(sha: string, payload: JsonObject, sources: CommitSource): Promise<Date | undefined> {
  if (sha === "") return undefined;
  const told = textAt(payload, "head_commit", "id") === sha ? textAt(payload, "head_commit", "timestamp") : undefined;
  const text = (await dateInCheckout(sha, sources)) ?? told;
  const date = text === undefined ? undefined : new Date(text);
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

async function dateInCheckout(sha: string, { checkout }: CommitSource): Promise<string | undefined> {
  try {
    return await (await checkout())?.commitDate(sha);
  } catch (error) {
    // What git refuses to read is told where it is needed; here the event may know.
    if (isFanfoldError(error)) return undefined;
    throw error;
  }
}
