import { report } from "@fanfold-internal/kit/process/annotation";
import { refused, UsageError } from "@fanfold-internal/kit/process/command";
import { diagnosticJson } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { nameOf, readText } from "@fanfold-internal/kit/read/text";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { printable } from "@fanfold-internal/kit/text/printable";
import { Command } from "commander";
import type { Platform } from "../oci/descriptor.ts";
import { isDigest } from "../oci/digest.ts";
import { nameIn } from "../oci/image-name.ts";
import { parsePlatforms } from "../oci/platform.ts";
import type { ManifestReference } from "../oci/store.ts";
import { GITHUB_ISSUER, type TrustPolicy } from "../sign/policy.ts";
import { type Verification, verifyImages } from "../stores/verify.ts";
import { verifySignatures } from "../stores/verify-signatures.ts";
import { assertTag } from "../tags/tags.ts";
import { type StoreFlags, text, value, values, withImageFlag, withStoreFlags, withStores } from "./flags.ts";

interface VerifyFlags extends StoreFlags {
  readonly image: readonly string[];
  readonly tag: readonly ManifestReference[];
  readonly expect?: readonly Platform[];
  readonly signed: boolean;
  readonly key?: string;
  readonly identity?: string;
  readonly issuer?: string;
  readonly json: boolean;
}

/** `verify`: checks what was published, in every repository. */
export function verifyCommand(host: Host): Command {
  const command = new Command("verify")
    .description("Check that every tag stands for the same complete image in every repository.")
    .optionsGroup("What is checked:")
    .requiredOption("--tag <tag>", "a tag, or a digest (repeatable)", values(tagOrDigest))
    .option("--expect <platforms>", "exactly the platforms that the image must have", value(parsePlatforms))
    .optionsGroup("Signatures:")
    .option("--signed", "also that the image and each platform carry a signature, which cosign verifies", false)
    .option("--key <file>", "with --signed: by this public key", text)
    .option("--identity <regexp>", "with --signed: by a job whose identity this matches, keyless", text)
    .option("--issuer <url>", `with --identity: who vouches for it; GitHub where it is left out`, text)
    .optionsGroup("Output:")
    .option("--json", "print one JSON document and nothing else on standard output", false);
  return withStoreFlags(withImageFlag(command)).action(async (flags: VerifyFlags) => {
    const trust = trustOf(flags, host);
    const found = await withStores(host, flags, (stores) =>
      verifyImages({
        stores: flags.image.map((name) => stores.open(name)),
        references: flags.tag,
        expected: flags.expect,
      }),
    );
    const { env, debug } = host;
    const results =
      trust === undefined ? found : await verifySignatures(found, trust, { env, debug, plainHttp: flags.plainHttp });
    host.stdout(flags.json ? verificationJson(results) : results.map(verificationLine).join(""));
    const problems = results.flatMap((result) => result.problems);
    for (const problem of problems) report(host, problem);
    if (problems.length > 0) refused();
  });
}

/** @throws UsageError where the flags do not say whose signatures count, InputError for a key that cannot be read */
function trustOf({ signed, key, identity, issuer }: VerifyFlags, host: Host): TrustPolicy | undefined {
  if (!signed) {
    if ((key ?? identity ?? issuer) === undefined) return undefined;
    throw new UsageError("--key, --identity and --issuer say whose signatures count, and need --signed");
  }
  if ((key === undefined) === (identity === undefined)) {
    throw new UsageError(
      "--signed needs either --key, a file with the public key, or --identity, whose signatures count",
    );
  }
  if (key === undefined) return { kind: "keyless", identity: identity ?? "", issuer: issuer ?? GITHUB_ISSUER };
  if (issuer !== undefined) throw new UsageError("--issuer belongs to --identity, and --key has none");
  const pem = readText(host, key, { what: "the public key", fix: "name the file that holds it, cosign.pub" });
  return { kind: "key", public: { file: nameOf(key), text: pem } };
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
