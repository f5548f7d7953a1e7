import { report } from "@fanfold-internal/kit/process/annotation";
import { refused } from "@fanfold-internal/kit/process/command";
import { diagnosticJson } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { printable } from "@fanfold-internal/kit/text/printable";
import { Command } from "commander";
import type { Platform } from "../oci/descriptor.ts";
import { isDigest } from "../oci/digest.ts";
import { nameIn } from "../oci/image-name.ts";
import { parsePlatforms } from "../oci/platform.ts";
import type { ManifestReference } from "../oci/store.ts";
import { type Verification, verifyImages } from "../stores/verify.ts";
import { assertTag } from "../tags/tags.ts";
import { type StoreFlags, value, values, withImageFlag, withStoreFlags, withStores } from "./flags.ts";

interface VerifyFlags extends StoreFlags {
  readonly image: readonly string[];
  readonly tag: readonly ManifestReference[];
  readonly expect?: readonly Platform[];
  readonly json: boolean;
}

/** `verify`: checks what was published, in every repository. */
export function verifyCommand(host: Host): Command {
  const command = new Command("verify")
    .description("Check that every tag stands for the same complete image in every repository.")
    .requiredOption("--tag <tag>", "a tag, or a digest (repeatable)", values(tagOrDigest))
    .option("--expect <platforms>", "exactly the platforms that the image must have", value(parsePlatforms))
    .option("--json", "print one JSON document and nothing else on standard output", false);
  return withStoreFlags(withImageFlag(command)).action(async (flags: VerifyFlags) => {
    const results = await withStores(host, flags, (stores) =>
      verifyImages({
        stores: flags.image.map((name) => stores.open(name)),
        references: flags.tag,
        expected: flags.expect,
      }),
    );
    host.stdout(flags.json ? verificationJson(results) : results.map(verificationLine).join(""));
    const problems = results.flatMap((result) => result.problems);
    for (const problem of problems) report(host, problem);
    if (problems.length > 0) refused();
  });
}

function verificationLine({ store, reference, digest, problems }: Verification): string {
  const verdict = problems.length === 0 ? "ok" : "failed";
  return `${verdict.padEnd(6)} ${printable(nameIn({ name: store }, reference))} ${digest ?? "(not found)"}\n`;
}

/** The document of `--json`, schema `fanfold.verification/1`. */
function verificationJson(results: readonly Verification[]): string {
  const images = results.map(({ store, reference, digest, problems }) => ({
    image: store,
    reference,
    digest: digest ?? null,
    problems: problems.map(diagnosticJson),
  }));
  return jsonText({ schema: "fanfold.verification/1", images });
}

function tagOrDigest(text: string): ManifestReference {
  if (!isDigest(text)) assertTag(text);
  return text;
}
