import fc from "fast-check";

/** One run of docker/metadata-action: what it is given. */
export interface MetadataCase {
  readonly tags: readonly string[];
  readonly flavor: readonly string[];
  readonly labels: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly payload: {
    readonly number?: number;
    readonly base_ref?: string;
    readonly pull_request?: { readonly base: { readonly ref: string }; readonly head: { readonly sha: string } };
    readonly repository: { readonly default_branch: string };
  };
  readonly commitDate: string;
  readonly repository: {
    readonly name: string;
    readonly description: string | null;
    readonly html_url: string;
    readonly default_branch: string;
    readonly license?: { readonly spdx_id: string };
  };
}

const sha = fc.stringMatching(/^[0-9a-f]{40}$/);
const branch = fc.constantFrom(
  "main",
  "master",
  "dev",
  "feature/a_b",
  "fix=1",
  "it's",
  "renovate/x-1.x",
  "ä+b",
  "v1.2.3",
);
const gitTag = fc.oneof(
  fc.constantFrom("v1.2.3", "1.2.3", "v1.2", "v2.0.8-beta.67", "1.2.3+build.5", "v10.20.30-rc1", "nightly", "v0.0.0"),
  fc.constantFrom("api/v1.2.3", "p1/v1.0.0", "p1-v1.0.0", "2026.11.26", "2026.11", "20260110-RC2", "release/2026-11"),
  fc.constantFrom(
    "1.2.3rc2",
    "1.2beta2",
    "1.0dev4",
    "1.2post1",
    "1!2.3",
    "1.2.3.dev1+local.7",
    "v1.2.3a1.post2",
    "01.02",
  ),
  fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => `v${parts.join(".")}`),
);

const expression = fc.constantFrom(
  "{{branch}}",
  "{{tag}}",
  "{{sha}}",
  "{{base_ref}}",
  "{{is_default_branch}}",
  "{{commit_date 'YYYYMMDD-HHmmss'}}",
  "{{commit_date 'YYYY.M.D' tz='Asia/Tokyo'}}",
  '{{commit_date "dddd [week] WW, Q, DDDo" tz="America/New_York"}}'.replace(", DDDo", ""),
  "{{{branch}}}",
);
const words = fc.constantFrom("", "x", "v", "pr-", "-cpu", "a_b.c", "é");
const affix = fc
  .tuple(words, fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 1, arbitrary: expression }))
  .map((parts) => parts.join(""));

const optional = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: value.map((text) => `,${name}=${text}`) },
  );
const enable = fc.constantFrom("true", "false", "{{is_default_branch}}", "{{is_not_default_branch}}");
const common = fc
  .tuple(
    optional("prefix", affix),
    optional("suffix", affix),
    optional("enable", enable),
    optional("priority", fc.nat(1200).map(String)),
  )
  .map((parts) => parts.join(""));
const versionPattern = fc.constantFrom(
  "{{raw}}",
  "{{version}}",
  "{{major}}",
  "{{major}}.{{minor}}",
  "v{{major}}.{{minor}}.{{patch}}",
  "{{ version }}-x",
  "{{{raw}}}",
);
const match = optional("match", fc.constantFrom("v(\\d.\\d.\\d)$", "^(?:api|p1)/v(.*)$", "(\\d+\\.\\d+)"));
const value = optional("value", gitTag);

const rule = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        "type=ref,event=branch",
        "type=ref,event=tag",
        "type=ref,event=pr",
        "type=edge",
        "type=edge,branch=dev",
      ),
      fc.constantFrom("type=sha", "type=sha,format=long", "type=sha,prefix=", "type=schedule"),
      fc.constantFrom("type=schedule,pattern={{commit_date 'YYYYMMDD'}}", "latest", "type=raw,value=edge"),
      affix.map((text) => `type=raw,value=${text}`),
      fc
        .tuple(fc.constantFrom("semver", "pep440"), versionPattern, match, value)
        .map(([type, pattern, matching, given]) => `type=${type},pattern=${pattern}${matching}${given}`),
      fc
        .tuple(
          fc.constantFrom("\\d+.\\d+", "v(.*)", "/^API\\/v(.+)$/i", '"\\d{8}"'.replaceAll('"', "")),
          fc.nat(2),
          value,
        )
        .map(([pattern, group, given]) => `type=match,pattern=${pattern},group=${group}${given}`),
    ),
    common,
  )
  .map((parts) => parts.join(""));

const flavor = fc
  .tuple(
    optional("latest", fc.constantFrom("auto", "true", "false")),
    optional("prefix", words).chain((text) =>
      text === "" ? fc.constant("") : optional("onlatest", fc.constantFrom("true", "false")).map((more) => text + more),
    ),
    optional("suffix", words).chain((text) =>
      text === "" ? fc.constant("") : optional("onlatest", fc.constantFrom("true", "false")).map((more) => text + more),
    ),
  )
  .map((parts) => parts.join("").replace(/^,/, ""))
  .map((line) => (line === "" ? [] : [line]));

const label = fc
  .tuple(fc.constantFrom("a", "org.opencontainers.image.title", "x.y"), affix)
  .map((parts) => parts.join("="));

interface Ref {
  readonly name: string;
  readonly ref: string;
  readonly number?: number;
}

const ref: fc.Arbitrary<Ref> = fc.oneof(
  fc
    .tuple(fc.constantFrom("push", "schedule", "workflow_dispatch", "create", "merge_group"), branch)
    .map(([name, text]) => ({ name, ref: `refs/heads/${text}` })),
  fc.tuple(fc.constantFrom("push", "release"), gitTag).map(([name, text]) => ({ name, ref: `refs/tags/${text}` })),
  fc.nat(99).map((number) => ({ name: "pull_request", ref: `refs/pull/${number}/merge`, number })),
  fc
    .tuple(branch, fc.nat(99))
    .map(([text, number]) => ({ name: "pull_request_target", ref: `refs/heads/${text}`, number })),
);

/** Events × rules × flavors as repositories write them, and as none should. */
export const metadataCase: fc.Arbitrary<MetadataCase> = fc
  .record({
    tags: fc.array(rule, { minLength: 1, maxLength: 5 }),
    flavor,
    labels: fc.array(label, { maxLength: 2 }),
    ref,
    sha,
    head: sha,
    headAsked: fc.constantFrom("", "true"),
    length: fc.constantFrom("", "4", "12"),
    defaultBranch: fc.constantFrom("main", "master"),
    baseRef: fc.constantFrom(undefined, "refs/heads/main"),
    commitDate: fc.date({ min: new Date("2000-01-01"), max: new Date("2040-01-01"), noInvalidDate: true }),
    license: fc.constantFrom(undefined, "MIT"),
  })
  .map(
    ({
      tags,
      flavor: lines,
      labels,
      ref: event,
      sha: commit,
      head,
      headAsked,
      length,
      defaultBranch,
      baseRef,
      commitDate,
      license,
    }) => ({
      tags,
      flavor: lines,
      labels,
      env: {
        GITHUB_EVENT_NAME: event.name,
        GITHUB_REF: event.ref,
        GITHUB_SHA: commit,
        ...(headAsked === "" ? {} : { DOCKER_METADATA_PR_HEAD_SHA: headAsked }),
        ...(length === "" ? {} : { DOCKER_METADATA_SHORT_SHA_LENGTH: length }),
      },
      payload: {
        repository: { default_branch: defaultBranch },
        ...(baseRef === undefined ? {} : { base_ref: baseRef }),
        ...(event.number === undefined
          ? {}
          : { number: event.number, pull_request: { base: { ref: "main" }, head: { sha: head } } }),
      },
      commitDate: `${commitDate.toISOString().slice(0, 19)}Z`,
      repository: {
        name: "backends",
        description: "Images for models",
        html_url: "https://github.com/example/backends",
        default_branch: defaultBranch,
        ...(license === undefined ? {} : { license: { spdx_id: license } }),
      },
    }),
  );
