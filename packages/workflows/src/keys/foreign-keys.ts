const FOLLOWS = "what becomes of an image follows from the event";

/** What docker/build-push-action, buildx and Compose call it, and what it is here. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["file", "the Dockerfile is named by dockerfile"],
  ["platform", "write platforms"],
  ["build-args", "write args, a mapping"],
  ["build-contexts", "write contexts, a mapping"],
  ["additional-contexts", "write contexts, a mapping"],
  ["secrets", "write secret"],
  ["secret-envs", "write secret: [id=NAME,env=VARIABLE]"],
  ["secret-files", "write secret: [id=NAME,src=FILE]"],
  ["add-hosts", "write extra-hosts, a mapping"],
  ["no-cache-filters", "write no-cache-filter"],
  ["attests", "write attest"],
  ["provenance", "write attest: [type=provenance,mode=max]"],
  ["sbom", "write attest: [type=sbom]"],
  ["allow", "write entitlements"],
  ["privileged", "write entitlements: [security.insecure]"],
  ["ulimit", "write ulimits"],
  ["output", FOLLOWS],
  ["outputs", FOLLOWS],
  ["push", FOLLOWS],
  ["load", FOLLOWS],
  ["tags", "tags are made by metadata.tags of the config, in which {key} is the entry's value"],
  ["build", "an entry is one build: dockerfile, context and the like stand in it"],
  ["dockerfile-inline", "write the Dockerfile as a file of the repository, and name it by dockerfile"],
  ["github-token", "write secret: [id=GIT_AUTH_TOKEN,env=VARIABLE]"],
  ["inherits", "what entries have in common stands under build in the config"],
  ["container-name", "an image is named by image, backend and tag-suffix"],
]);

/** What to write for a key that means something elsewhere; undefined: it is not one of those. */
export function foreignKeyFix(key: string): string | undefined {
  return FOREIGN.get(key.replaceAll("_", "-"));
}
