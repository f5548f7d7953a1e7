import { reportProblem } from "@fanfold-internal/kit/process/annotation";
import { refused } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { printable } from "@fanfold-internal/kit/text/printable";
import { Command } from "commander";
import { readEventContext } from "../base/event-context.ts";
import { LayoutStore } from "../layout/store.ts";
import type { Platform } from "../oci/descriptor.ts";
import { isDigest } from "../oci/digest.ts";
import { nameIn } from "../oci/image-content.ts";
import { type ImageName, parseImageName } from "../oci/image-name.ts";
import { readImageTree } from "../oci/image-tree.ts";
import { parsePlatforms } from "../oci/platform.ts";
import type { ManifestReference } from "../oci/store.ts";
import { layoutPath } from "../oci/store-name.ts";
import { layoutRoot } from "../stores/copy.ts";
import { verifyImages } from "../stores/verify.ts";
import { assertTag, computeTags, parseShortShaLength, parseTagLatest, type TagLatest } from "../tags/tags.ts";
import { type StoreFlags, value, values, withImageFlag, withStoreFlags, withStores } from "./flags.ts";
import { renderTree } from "./render-tree.ts";

interface VerifyFlags extends StoreFlags {
  readonly image: readonly string[];
  readonly tag: readonly ManifestReference[];
  readonly expect?: readonly Platform[];
  readonly json: boolean;
}

/** `verify`: what was published, in every repository. */
export function verifyCommand(host: Host): Command {
  const command = new Command("verify")
    .description("Check that every tag stands for the same complete image in every repository.")
    .requiredOption("--tag <tag>", "a tag, or a digest (again for more)", values(tagOrDigest))
    .option(
      "--expect <platforms>",
      "the platforms that the image must have, no more and no less",
      value(parsePlatforms),
    )
    .option("--json", "one JSON document and nothing else on standard output", false);
  return withStoreFlags(withImageFlag(command)).action(async (flags: VerifyFlags) => {
    const results = await withStores(host, flags, (stores) =>
      verifyImages({
        stores: flags.image.map((name) => stores.open(name)),
        references: flags.tag,
        expected: flags.expect,
      }),
    );
    const problems = results.flatMap((result) => result.problems);
    if (flags.json) {
      const images = results.map(({ store, reference, digest, problems: found }) => ({
        image: store,
        reference,
        digest: digest ?? null,
        problems: found.map(({ code, message, fix }) => ({ code, message, fix: fix ?? null })),
      }));
      host.stdout(`${JSON.stringify({ schema: "fanfold.verification/1", images })}\n`);
    } else {
      for (const { store, reference, digest, problems: found } of results) {
        const verdict = found.length === 0 ? "ok" : "failed";
        host.stdout(
          `${verdict.padEnd(6)} ${printable(nameIn({ name: store }, reference))} ${digest ?? "(not there)"}\n`,
        );
      }
    }
    for (const problem of problems) reportProblem(host, "error", problem);
    if (problems.length > 0) refused();
  });
}

/** `inspect`: one image as a tree. */
export function inspectCommand(host: Host): Command {
  const command = new Command("inspect")
    .description("Show an image as a tree: platforms, attestations, sizes, annotations.")
    .argument("<image>", "quay.io/example/backends:v1, …@sha256:…, oci:DIR or oci:DIR:v1", value(imageName))
    .option("--json", "one JSON document and nothing else on standard output", false);
  return withStoreFlags(command).action(async (image: ImageName, flags: StoreFlags & { readonly json: boolean }) => {
    const tree = await withStores(host, flags, async (stores) => {
      const store = stores.open(image.store);
      return readImageTree(store, image.reference ?? (await onlyImage(image.store)));
    });
    host.stdout(flags.json ? `${JSON.stringify({ schema: "fanfold.image/1", ...tree })}\n` : renderTree(tree));
  });
}

/** `tags`: the tags that follow from the event. */
export function tagsCommand(host: Host): Command {
  return new Command("tags")
    .description("Print the tags that an image gets for GitHub's event, one a line.")
    .requiredOption("--tag-suffix <suffix>", "what every tag ends in; may be empty")
    .option("--tag-latest <when>", "whether there is a tag latest: auto, true or false", value(parseTagLatest), "auto")
    .option("--event-path <file>", "the event's JSON, for what the environment lacks (default: GITHUB_EVENT_PATH)")
    .action((flags: { readonly tagSuffix: string; readonly tagLatest: TagLatest; readonly eventPath?: string }) => {
      const { tagSuffix, tagLatest, eventPath } = flags;
      const shortShaLength = parseShortShaLength(host.env["DOCKER_METADATA_SHORT_SHA_LENGTH"]);
      const tags = computeTags(readEventContext(host.env, eventPath), { tagSuffix, tagLatest, shortShaLength });
      for (const { name } of tags) host.stdout(`${name}\n`);
    });
}

async function onlyImage(store: string): Promise<ManifestReference> {
  const choose = `name one: ${store}:TAG, or ${store}@sha256:…`;
  return (await layoutRoot(new LayoutStore(layoutPath(store)), {}, choose)).digest;
}

function imageName(text: string): ImageName {
  const name = parseImageName(text);
  if (name.store.startsWith("oci:")) layoutPath(name.store);
  return name;
}

function tagOrDigest(text: string): ManifestReference {
  if (!isDigest(text)) assertTag(text);
  return text;
}
