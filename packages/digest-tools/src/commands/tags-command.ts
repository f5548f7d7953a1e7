import { report } from "@fanfold-internal/kit/process/annotation";
import { refused, UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { textAt } from "@fanfold-internal/matrix/event";
import { Command } from "commander";
import { readWholeEvent } from "../base/event-context.ts";
import type { MetadataEvent } from "../metadata/event.ts";
import { imageMetadata } from "../metadata/image-metadata.ts";
import { DEFAULT_METADATA, type Metadata, type MetadataText, parseMetadata } from "../metadata/metadata.ts";
import { readMetadataEvent } from "../metadata/read-event.ts";
import { noTagFollows, parseTagLatest, type TagLatest } from "../tags/tags.ts";
import { value, values } from "./flags.ts";

interface TagsFlags {
  readonly tagSuffix: string;
  readonly tagLatest: TagLatest;
  readonly tags?: readonly string[];
  readonly flavor?: readonly string[];
  readonly eventPath?: string;
}

/** `tags`: the tags that follow from GitHub's event. */
export function tagsCommand(host: Host): Command {
  return new Command("tags")
    .description("Print the tags that an image gets for GitHub's event, one a line.")
    .optionsGroup("Which image:")
    .option("--tag-suffix <suffix>", "the image's tag-suffix, which the default flavor ends every tag with", "")
    .option(
      "--tag-latest <when>",
      "the image's tag-latest, by which the default flavor gives the tag latest: auto, true or false",
      value(parseTagLatest),
      "auto",
    )
    .optionsGroup("Rules and event:")
    .option(
      "--tags <rule>",
      "a rule of docker/metadata-action in the place of the default ones, with {tag-suffix} and {tag-latest} (repeatable)",
      values(String),
    )
    .option("--flavor <line>", "a flavor in the place of the default one (repeatable)", values(String))
    .option("--event-path <file>", "the event's JSON, for what the environment lacks (default: GITHUB_EVENT_PATH)")
    .action((flags: TagsFlags) => {
      const metadata = rulesOf(flags);
      const event = eventOf(host, flags.eventPath);
      if (event.ref === "" && event.sha === "") throw noTagFollows(event.name);
      const keys = new Map([
        ["tag-suffix", flags.tagSuffix],
        ["tag-latest", flags.tagLatest],
      ]);
      const { tags, problems, warnings } = imageMetadata(metadata, event, (key) => keys.get(key));
      for (const found of [...warnings, ...problems]) report(host, found);
      if (problems.length > 0) refused();
      for (const { name } of tags) host.stdout(`${name}\n`);
    });
}

/** @throws UsageError that names every line that cannot be used */
function rulesOf({ tags, flavor }: TagsFlags): Metadata {
  const text: MetadataText = {
    ...DEFAULT_METADATA,
    ...(tags === undefined ? {} : { tags }),
    ...(flavor === undefined ? {} : { flavor }),
  };
  const parsed = parseMetadata(text);
  if (parsed.kind === "invalid") {
    throw new UsageError(
      parsed.problems
        .map(({ list, index, message }) => `--${list} ${JSON.stringify(text[list][index])}: ${message}`)
        .join("; "),
    );
  }
  const unknown = parsed.metadata.keys.find(({ key }) => key !== "tag-suffix" && key !== "tag-latest");
  if (unknown !== undefined) {
    throw new UsageError(
      `--${unknown.list}: {${unknown.key}} is a key of a matrix entry, which is not known here; known are {tag-suffix} and {tag-latest}`,
    );
  }
  return parsed.metadata;
}

/** The commit's time is what the payload of a push says. */
function eventOf(host: Host, eventPath: string | undefined): MetadataEvent {
  const event = readWholeEvent(host, eventPath);
  const committed = Date.parse(textAt(event.payload, "head_commit", "timestamp") ?? "");
  const commitDate = Number.isNaN(committed) ? undefined : new Date(committed);
  return readMetadataEvent(event, host.env, { commitDate, now: new Date() });
}
