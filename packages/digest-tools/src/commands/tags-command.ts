import type { Host } from "@fanfold-internal/kit/process/host";
import { Command } from "commander";
import { readEventContext } from "../base/event-context.ts";
import { parseShortShaLength } from "../metadata/read-event.ts";
import { computeTags, parseTagLatest, type TagLatest } from "../tags/tags.ts";
import { value } from "./flags.ts";

interface TagsFlags {
  readonly tagSuffix: string;
  readonly tagLatest: TagLatest;
  readonly eventPath?: string;
}

/** `tags`: the tags that follow from GitHub's event. */
export function tagsCommand(host: Host): Command {
  return new Command("tags")
    .description("Print the tags that an image gets for GitHub's event, one a line.")
    .requiredOption("--tag-suffix <suffix>", "the end of every tag; may be empty")
    .option(
      "--tag-latest <when>",
      "whether the image gets the tag latest: auto, true or false",
      value(parseTagLatest),
      "auto",
    )
    .option("--event-path <file>", "the event's JSON, for what the environment lacks (default: GITHUB_EVENT_PATH)")
    .action(({ tagSuffix, tagLatest, eventPath }: TagsFlags) => {
      const shortShaLength = parseShortShaLength(host.env["DOCKER_METADATA_SHORT_SHA_LENGTH"]);
      const tags = computeTags(readEventContext(host, eventPath), { tagSuffix, tagLatest, shortShaLength });
      for (const { name } of tags) host.stdout(`${name}\n`);
    });
}
