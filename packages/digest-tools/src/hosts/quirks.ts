/** What is special about one registry, with where that is written. What is missing is as the specification has it. */
export interface Registry {
  readonly name: string;
  /** Whether `host[:port]`, as in an image's name, is one of its hosts. Never, for software that anybody may run. */
  readonly isHost: (host: string) => boolean;
  /** Where its API answers, when that is not its name in images. */
  readonly api?: string;
  /** The keys under which Docker keeps a login for it, the usual one first. */
  readonly loginKeys?: readonly [string, ...string[]];
  /** How long it keeps a manifest that has no tag. Missing: until somebody deletes it. */
  readonly untaggedMs?: number;
  /** Each GET of a manifest counts against its limit, and no HEAD does. */
  readonly countsGets?: boolean;
  /** What its rate limit counts, for people who have run into it. */
  readonly limit?: string;
  readonly refusals: readonly Refusal[];
  readonly sources: readonly string[];
}

export type Meaning =
  /** This tag must not be set, or must not be moved. */
  | "tag-protected"
  /** There is no room for more. */
  | "quota-exceeded"
  /** Nothing can be written at the moment. */
  | "read-only"
  | "too-large"
  | "login-expired"
  /** The repository must be created first. */
  | "no-repository";

/** One way to say no: the registry's status and words, what they mean, and what helps. */
export interface Refusal {
  readonly statuses: readonly number[];
  /** Any of these stands in the error's code or message, in lower case. Empty: the status says enough. */
  readonly words: readonly string[];
  readonly meaning: Meaning;
  readonly cure: string;
}

const HOUR_MS = 3_600_000;
const host =
  (...names: readonly string[]) =>
  (given: string): boolean =>
    names.includes(given);
const below =
  (...domains: readonly string[]) =>
  (given: string): boolean =>
    domains.some((domain) => given.endsWith(`.${domain}`));
const anywhere = () => false;

const PROTECTED = "publish under another tag, or let the registry's rule for immutable tags leave this one out";

/**
 * Every registry that needs to be known by name. Software that people run themselves is known by its words alone, so all
 * refusals are tried for every host. Whether blobs can be mounted from another repository is not here: a registry that
 * does not mount opens an upload in the same answer, so to ask costs nothing.
 */
export const REGISTRIES: readonly Registry[] = [
  {
    name: "Docker Hub",
    isHost: host("docker.io"),
    api: "registry-1.docker.io",
    loginKeys: ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"],
    limit:
      "Docker Hub counts each GET of a manifest as a pull, and no HEAD: log in, or wait for the hours that it names",
    countsGets: true,
    refusals: [{ statuses: [400, 403, 409], words: ["immutable"], meaning: "tag-protected", cure: PROTECTED }],
    sources: [
      "https://docs.docker.com/docker-hub/usage/pulls/",
      "https://docs.docker.com/docker-hub/repos/manage/hub-images/immutable-tags/",
      "https://github.com/docker/hub-feedback/issues/2466",
      "https://github.com/docker/cli/blob/master/cli/command/registry.go",
    ],
  },
  {
    name: "Quay",
    isHost: host("quay.io"),
    // What is pushed by digest gets a hidden tag, PUSH_TEMP_TAG_EXPIRATION_SEC.
    untaggedMs: HOUR_MS,
    refusals: [
      { statuses: [409], words: ["tag_already_exists"], meaning: "tag-protected", cure: PROTECTED },
      { statuses: [400, 409], words: ["tag is immutable"], meaning: "tag-protected", cure: PROTECTED },
      {
        statuses: [403],
        words: ["quota has been exceed"],
        meaning: "quota-exceeded",
        cure: "delete tags of that organization and wait for its garbage collection, or raise its quota",
      },
      {
        statuses: [405],
        words: ["is currently read-only"],
        meaning: "read-only",
        cure: "the registry is under maintenance: run again when it takes writes",
      },
      {
        statuses: [405],
        words: ["namespace is disabled"],
        meaning: "read-only",
        cure: "the organization has been disabled: ask whoever runs the registry",
      },
    ],
    sources: [
      "https://github.com/quay/quay/blob/master/config.py",
      "https://github.com/quay/quay/blob/master/endpoints/v2/errors.py",
      "https://issues.redhat.com/browse/PROJQUAY-10859",
    ],
  },
  {
    name: "GitHub Container Registry",
    isHost: host("ghcr.io"),
    limit: "GitHub's registry limits requests per minute and user: fewer at a time (--concurrency) take no longer",
    refusals: [],
    sources: ["https://github.com/coreruleset/modsecurity-crs-docker/issues/449"],
  },
  {
    name: "Amazon ECR",
    isHost: (given) => given === "public.ecr.aws" || /^\d{12}\.dkr\.ecr[a-z0-9.-]{1,60}$/.test(given),
    refusals: [
      { statuses: [400], words: ["cannot be overwritten because"], meaning: "tag-protected", cure: PROTECTED },
      {
        statuses: [403],
        words: ["authorization token has expired"],
        meaning: "login-expired",
        cure: "a login to ECR lasts 12 hours: log in again (aws ecr get-login-password, or amazon-ecr-login) and run again",
      },
      {
        statuses: [404],
        words: ["does not exist in the registry with id"],
        meaning: "no-repository",
        cure: "ECR does not create repositories by itself: aws ecr create-repository, or a repository creation template",
      },
    ],
    sources: [
      "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
      "https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html",
      "https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html",
    ],
  },
  {
    name: "Google Artifact Registry",
    isHost: (given) => below("pkg.dev", "gcr.io")(given) || given === "gcr.io",
    refusals: [
      { statuses: [400, 409], words: ["enabled tag immutability"], meaning: "tag-protected", cure: PROTECTED },
    ],
    sources: ["https://cloud.google.com/artifact-registry/docs/docker/troubleshoot"],
  },
  {
    name: "Azure Container Registry",
    isHost: below("azurecr.io", "azurecr.cn", "azurecr.us"),
    refusals: [
      {
        statuses: [403, 405, 409],
        words: ["registry_disallowed_operation", "operation is disallowed"],
        meaning: "tag-protected",
        cure: "the tag or its repository is locked: az acr repository update --write-enabled true, or publish under another tag",
      },
    ],
    sources: [
      "https://learn.microsoft.com/azure/container-registry/container-registry-image-lock",
      "https://github.com/Azure/azure-sdk-for-net/issues/22827",
    ],
  },
  {
    name: "Harbor",
    isHost: anywhere,
    refusals: [
      { statuses: [403, 412], words: ["configured as immutable"], meaning: "tag-protected", cure: PROTECTED },
      {
        statuses: [400, 403],
        words: ["will exceed the configured upper limit", "quota exceeded when processing"],
        meaning: "quota-exceeded",
        cure: "delete artifacts of that project and run Harbor's garbage collection, or raise the project's quota",
      },
      {
        statuses: [403],
        words: ["the system is in read only mode"],
        meaning: "read-only",
        cure: "the registry is under maintenance: run again when it takes writes",
      },
    ],
    sources: [
      "https://goharbor.io/docs/main/working-with-projects/working-with-images/create-tag-immutability-rules/",
      "https://goharbor.io/docs/main/administration/configure-project-quotas/",
      "https://github.com/goharbor/harbor/pull/9427",
    ],
  },
  {
    name: "Sonatype Nexus",
    isHost: anywhere,
    refusals: [
      {
        statuses: [400],
        words: ["does not allow updating assets", "cannot be updated"],
        meaning: "tag-protected",
        cure: 'the repository\'s deployment policy is "Disable redeploy": publish under another tag, or allow redeploying',
      },
    ],
    sources: [
      "https://github.com/GoogleContainerTools/jib/issues/3057",
      "https://github.com/sonatype/nexus-public/issues/967",
    ],
  },
  {
    name: "JFrog Artifactory",
    isHost: below("jfrog.io"),
    refusals: [
      {
        statuses: [413, 507],
        words: ["disk usage is too high", "storage quota"],
        meaning: "quota-exceeded",
        cure: "the registry's storage is full: ask whoever runs it to make room or to raise the quota",
      },
    ],
    sources: ["https://jfrog.com/help/r/jfrog-artifactory-documentation/manage-disk-space-usage"],
  },
  {
    name: "CNCF Distribution (also GitLab's registry)",
    isHost: anywhere,
    refusals: [
      {
        statuses: [405],
        words: ["unsupported", "read-only", "readonly"],
        meaning: "read-only",
        cure: "the registry takes no writes (read-only mode, as for its garbage collection): run again when it does",
      },
    ],
    sources: [
      "https://distribution.github.io/distribution/about/configuration/#readonly",
      "https://docs.gitlab.com/administration/packages/container_registry/#performing-garbage-collection-without-downtime",
    ],
  },
  {
    name: "a proxy in front of the registry",
    isHost: anywhere,
    refusals: [
      {
        statuses: [413],
        words: [],
        meaning: "too-large",
        cure: "a proxy in front of the registry limits how much one request may upload (nginx: client_max_body_size 0; Cloudflare: 100 MB): raise that limit, or go around the proxy",
      },
      { statuses: [507], words: [], meaning: "quota-exceeded", cure: "the registry has no room left: ask who runs it" },
    ],
    sources: [
      "https://nginx.org/en/docs/http/ngx_http_core_module.html#client_max_body_size",
      "https://developers.cloudflare.com/workers/platform/limits/#request-limits",
    ],
  },
];

/** Statuses with which one registry or another refuses to set or move a tag that it protects. */
export const TAG_REFUSALS: readonly number[] = [400, 403, 405, 409, 412];

/** Where a token service does not know OAuth's POST with a refresh token, it answers with one of these; a GET works. */
export const NO_TOKEN_POST: readonly number[] = [400, 401, 404, 405];

/**
 * Codes with which a push of a manifest may be refused although it is right, and how often to try again.
 * `MANIFEST_INVALID`: Quay, when one manifest gets two tags at a time
 * (https://github.com/GoogleContainerTools/jib/issues/2470). The others: what the manifest names was pushed a moment ago,
 * and is not seen everywhere yet.
 */
export const PASSING_CODES: Readonly<Record<string, number>> = {
  MANIFEST_UNKNOWN: 4,
  MANIFEST_BLOB_UNKNOWN: 4,
  BLOB_UNKNOWN: 4,
  MANIFEST_INVALID: 1,
};

/** What is known of the registry of an image's name; undefined: nothing. */
export function registryOf(name: string): Registry | undefined {
  return REGISTRIES.find(({ isHost }) => isHost(name));
}

/** Where a registry's API answers, `host[:port]`. */
export function apiHost(registry: string): string {
  return registryOf(registry)?.api ?? registry;
}

/** The keys under which Docker's config file may hold a login for a registry, the usual one first. */
export function loginKeys(registry: string): readonly [string, ...string[]] {
  return registryOf(registry)?.loginKeys ?? [registry];
}

/**
 * What a refusal means, by its status and by what it says; undefined: nothing that is known. The registry's own way of
 * saying no comes before that of others.
 */
export function knownRefusal(registry: string, status: number, said: string): Refusal | undefined {
  const own = registryOf(registry);
  const text = said.toLowerCase();
  const all = [...(own?.refusals ?? []), ...REGISTRIES.flatMap(({ refusals }) => refusals)];
  return all.find(
    ({ statuses, words }) =>
      statuses.includes(status) && (words.length === 0 || words.some((word) => text.includes(word))),
  );
}
