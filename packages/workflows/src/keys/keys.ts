import type { Json, JsonObject } from "@fanfold-internal/kit/read/json";

/** One key of a config. All else about it follows: its type, the schema, the README, messages, what is built again. */
export interface ConfigKey {
  /** JSON Schema (draft 2020-12) of its value. */
  readonly schema: JsonObject;
  /** What it is for, in Markdown; editors and the README show it. */
  readonly meaning: string;
  readonly default?: Json;
  /** Where generated files hold it, as paths in their YAML: `*` is any one step, `{name}` a step that names an item. */
  readonly places?: readonly string[];
  /** How lines of generated scripts begin that hold it. */
  readonly lines?: readonly string[];
  /** Images come out differently with another value, so that a change of it selects everything; a list: those of its keys. */
  readonly reachesBuild?: true | readonly string[];
  /** Its texts hold `{key}` placeholders and may name anything; all others must not hold `${{`. */
  readonly template?: true;
}

/** Keys of a config at its top, but for those that say which files an entry is built from. */
export const TOP_KEYS = {
  matrix: {
    schema: {
      type: ["string", "object"],
      minLength: 1,
      required: ["files"],
      additionalProperties: false,
      properties: {
        files: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string", minLength: 1 } },
        targets: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string", minLength: 1 } },
      },
    },
    meaning:
      "The matrix file, from the repository's root. Or [bake files](#bake-files-as-the-matrix): `docker-bake.hcl`, or `{ files: […], targets: […] }`.",
    default: ".github/backend-matrix.yml",
    places: ["jobs.*.steps.*.with.sparse-checkout"],
    reachesBuild: true,
  },
  bake: {
    schema: {
      type: "object",
      required: [],
      additionalProperties: false,
      properties: {
        variables: {
          type: "array",
          uniqueItems: true,
          items: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", examples: ["VERSION"] },
        },
      },
    },
    meaning:
      "`{ variables: [VERSION] }`: variables of the environment that bake files see, in the plan alone. In generated workflows `GITHUB_…` and `RUNNER_…` are the runner's, others those of the repository (`vars.VERSION`).",
    reachesBuild: true,
  },
  images: {
    schema: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string", minLength: 1 } },
    meaning:
      "Repositories that every image is published to. `{key}` is the entry's value, `{image}` its `image`, else its `backend`: images with repositories of their own.",
    places: ["jobs.build-*.name"],
    reachesBuild: true,
    template: true,
  },
  "group-by": {
    schema: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string", minLength: 1 } },
    meaning: "Keys of entries that tell images of one repository apart, besides `tag-suffix`: `[version]`.",
    reachesBuild: true,
  },
  metadata: {
    schema: {
      type: "object",
      additionalProperties: false,
      properties: {
        tags: { type: "array", items: { type: "string", minLength: 1 } },
        flavor: { type: "array", items: { type: "string", minLength: 1 } },
        labels: { type: "array", items: { type: "string", minLength: 1 } },
      },
    },
    meaning:
      "Tags and labels of images, in the grammar of [docker/metadata-action](https://github.com/docker/metadata-action), with `{key}` for the entry's value.",
    reachesBuild: ["labels"],
    template: true,
  },
  sign: {
    schema: {
      anyOf: [
        { enum: ["cosign"] },
        {
          type: "object",
          required: ["cosign", "public"],
          additionalProperties: false,
          properties: {
            cosign: {
              type: "string",
              pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
              examples: ["COSIGN_PRIVATE_KEY"],
              description:
                "The name of the secret that holds cosign's private key; its password is the secret COSIGN_PASSWORD.",
            },
            public: {
              type: "string",
              minLength: 1,
              description: "The file of the public key, from the repository's root.",
            },
          },
        },
      ],
    },
    meaning:
      "Images are [signed](#signing) with cosign before any tag is set: `cosign` with the merge job's identity, `{ cosign: SECRET_WITH_KEY, public: .github/cosign.pub }` with a key.",
    places: ["jobs.*.permissions.id-token", "jobs.merge.steps.*.env.COSIGN_PASSWORD"],
  },
  reuse: {
    schema: {
      anyOf: [
        { enum: ["published", "off"] },
        {
          type: "object",
          required: ["from"],
          additionalProperties: false,
          properties: {
            from: { enum: ["published"] },
            bases: {
              enum: ["watch"],
              description: "Digests of images from elsewhere are read in the plan and pinned.",
            },
            schedule: {
              enum: ["stale"],
              description: "A schedule builds only what is not published as it would be now.",
            },
            registry: {
              type: "string",
              minLength: 1,
              description: "The registry that is read from, as in images' names; also one that mirrors the first.",
            },
          },
        },
      ],
    },
    meaning:
      "`published`: what a registry has already is [not built again](#reuse), and what it lacks is. `{ from: published, bases: watch, schedule: stale, registry: ghcr.io }`.",
    default: "off",
    places: ["jobs.plan.permissions.actions", "jobs.plan.permissions.packages", "run-name"],
  },
} as const;

/** Keys under `workflow`: what the generated workflows are made of. */
export const WORKFLOW_KEYS = {
  name: {
    schema: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$", examples: ["backend"] },
    meaning: "Names the files: `<name>.yml`, `<name>_pr.yml`, `<name>_build.yml`, `<name>_merge.yml`.",
    default: "backend",
    places: ["name"],
  },
  branches: {
    schema: { type: "array", minItems: 1, items: { type: "string", minLength: 1 } },
    meaning:
      "Branches whose pushes are built, by name or in GitHub's patterns; `init` writes the default branch. Without it `generate` keeps those that the generated file has.",
    places: ["on.push.branches"],
  },
  tags: {
    schema: { type: "array", minItems: 1, items: { type: "string", minLength: 1 } },
    meaning:
      "Git tags whose pushes are built, in GitHub's patterns: `*` is any tag without a slash. Without it none are where no line of `metadata.tags` makes a tag of any.",
    default: ["*"],
    places: ["on.push.tags"],
  },
  cron: {
    schema: { type: "string", minLength: 1 },
    meaning: "When everything is built again. Without it there is no schedule.",
    places: ["on.schedule"],
  },
  repository: {
    schema: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", examples: ["owner/name"] },
    meaning:
      "`owner/name`: the workflows run in this repository alone, and not in its forks. Without it they run anywhere.",
    places: ["jobs.plan.if", "jobs.ok.if"],
  },
  runner: {
    schema: { type: "string", minLength: 1 },
    meaning: "The runner of `plan`, merges and `ok`, by its label. Builds have their entry's `runs-on`.",
    default: "ubuntu-latest",
    places: ["jobs.plan.runs-on", "jobs.merge.runs-on", "jobs.ok.runs-on"],
  },
  "max-parallel": {
    schema: { type: "integer", minimum: 1, maximum: 256 },
    meaning: "How many jobs of a shard run at once. Without it GitHub decides.",
    places: ["jobs.*.strategy.max-parallel"],
  },
  "timeout-minutes": {
    schema: { type: "integer", minimum: 1 },
    meaning: "How long a build job may take.",
    default: 360,
    places: ["jobs.build.timeout-minutes"],
  },
  "retention-days": {
    schema: { type: "integer", minimum: 1, maximum: 90 },
    meaning: "How long records and the plan are kept.",
    default: 7,
    places: ["jobs.*.steps.*.with.retention-days"],
  },
  "need-disk": {
    schema: { type: "string", pattern: "^[0-9]+(\\.[0-9]+)?\\s?([KMGT]i?B)$", examples: ["60GB", "60GiB"] },
    meaning: "Free space that a build needs, such as `60GB`: `disk-setup` makes it. Without it no disk is touched.",
    places: ["jobs.*.steps.*.with.need"],
  },
  checkout: {
    schema: {
      type: "object",
      required: [],
      additionalProperties: false,
      properties: {
        submodules: { enum: [true, false, "recursive"], description: "Also what submodules hold." },
        lfs: { type: "boolean", description: "Files of Git LFS in the place of their pointers." },
        "fetch-depth": { type: "integer", minimum: 0, description: "Commits of history; 0: all of it, with tags." },
      },
    },
    meaning:
      "What builds check out besides the commit's own files: `{ submodules, lfs, fetch-depth }`, as actions/checkout has them.",
    places: [
      "jobs.build.steps.*.with.submodules",
      "jobs.build.steps.*.with.lfs",
      "jobs.build.steps.*.with.fetch-depth",
    ],
  },
  before: {
    schema: {
      type: "string",
      pattern: "^\\./\\.github/actions/[A-Za-z0-9_][A-Za-z0-9_.-]*$",
      examples: ["./.github/actions/name"],
    },
    meaning:
      "A composite action of the repository that runs ahead of each build, also of pull requests: `./.github/actions/x`. Its folder is an input of every entry.",
  },
  test: {
    schema: { type: "string", minLength: 1 },
    meaning:
      "A command line that tests each image: `./smoke.sh`. It runs in the repository's root between push and record, once per platform, with `IMAGE` (`repo@digest`) and `PLATFORM`, and without secrets; for pull requests with the image loaded, where the runner can run it. What fails its test is never tagged.",
  },
  login: {
    schema: {
      type: "string",
      pattern: "^\\./\\.github/actions/[A-Za-z0-9_][A-Za-z0-9_.-]*$",
      examples: ["./.github/actions/name"],
    },
    meaning:
      "A composite action of the repository that logs in to a cloud by OIDC: `./.github/actions/x`. It runs where images are published, in builds and merges, which get `id-token: write` for it.",
    places: ["jobs.*.permissions.id-token"],
  },
  secrets: {
    schema: {
      type: "array",
      uniqueItems: true,
      items: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", examples: ["NPM_TOKEN"] },
    },
    meaning:
      'Names of secrets that builds of pushes get as environment variables, for `secret: ["id=npm,env=NPM_TOKEN"]`. Pull requests get none.',
    places: ["jobs.build.steps.*.env.{name}"],
  },
  registries: {
    schema: {
      type: "array",
      items: {
        type: "object",
        required: ["host", "username", "password"],
        additionalProperties: false,
        properties: {
          host: { type: "string", minLength: 1 },
          username: {
            type: "string",
            pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
            examples: ["QUAY_TOKEN"],
            description: "A secret's name; `GITHUB_ACTOR` for whoever started the run.",
          },
          password: {
            type: "string",
            pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
            examples: ["QUAY_TOKEN"],
            description: "A secret's name; `GITHUB_TOKEN` for the job's own token.",
          },
          anchor: {
            type: "boolean",
            description: "The registry deletes untagged images, so legs are tagged. Always so for quay.io.",
          },
        },
      },
    },
    meaning:
      "Logins: `{ host, username, password }` by the names of their secrets. `anchor: true` where the registry deletes untagged images (quay.io does).",
    places: [
      "on.workflow_call.secrets",
      "jobs.*.secrets",
      "jobs.*.permissions.packages",
      "jobs.*.steps.*.with.registry",
      "jobs.*.steps.*.with.username",
      "jobs.*.steps.*.with.password",
    ],
  },
  merge: {
    schema: { enum: ["batch", "matrix"] },
    meaning: "`batch`: one job merges all images. `matrix`: a job for each.",
    default: "batch",
    places: ["on.workflow_call.inputs.group"],
  },
  runtime: {
    schema: { enum: ["npx", "action"] },
    meaning:
      "What the steps of Fanfold run: `npx` installs it in each job; `action` uses its [GitHub Actions](../../actions/README.md), which need nothing from npm, pinned by commit. There is no release of them yet.",
    default: "npx",
    places: ["jobs.*.steps.*.uses"],
  },
  "rebuild-on-change": {
    schema: { type: "boolean" },
    meaning: "Whether the generated build workflow is an input of every entry that it builds.",
    default: true,
  },
  runners: {
    schema: {
      type: "object",
      propertyNames: { pattern: "^[a-z0-9]+/[a-z0-9/]+$", examples: ["linux/arm64"] },
      additionalProperties: { type: "string", minLength: 1 },
    },
    meaning: "Platform to runner, for [`split`](#native-legs).",
    default: { "linux/arm64": "ubuntu-24.04-arm" },
  },
  lists: {
    schema: {
      type: "object",
      propertyNames: { pattern: "^include." },
      additionalProperties: {
        type: "object",
        required: ["uses"],
        additionalProperties: false,
        properties: {
          uses: { type: "string", pattern: "^\\./", examples: ["./.github/workflows/darwin.yml"] },
          with: { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } },
        },
      },
    },
    meaning:
      "A hand-written reusable workflow for each list other than `include`: `includeDarwin: { uses: ./.github/workflows/darwin.yml, with: {…} }`.",
    places: [
      "jobs.build-*-multi-*.uses",
      "jobs.build-*-multi-*.with",
      "jobs.build-*-single-*.uses",
      "jobs.build-*-single-*.with",
    ],
    reachesBuild: true,
    template: true,
  },
} as const;
