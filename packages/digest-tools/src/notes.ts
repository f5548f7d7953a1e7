import type { Notes } from "@fanfold-internal/kit/help/notes";

const LOGINS = {
  "DOCKER_CONFIG HOME":
    "where Docker's logins are: `config.json` of `DOCKER_CONFIG`, else of `~/.docker`; credential helpers too",
  BUILDX_CONFIG: "where logins of one registry alone are, as docker/login-action keeps them",
  "HTTPS_PROXY HTTP_PROXY NO_PROXY": "proxies, in small letters too; this machine is reached directly",
};
const EVENT = {
  "GITHUB_EVENT_NAME GITHUB_EVENT_PATH GITHUB_REF GITHUB_SHA GITHUB_REPOSITORY":
    "the event that tags and labels follow from",
  "GITHUB_RUN_ID GITHUB_RUN_ATTEMPT GITHUB_SERVER_URL":
    "the run, which is written down so that an older one never wins",
  "DOCKER_METADATA_SHORT_SHA_LENGTH DOCKER_METADATA_PR_HEAD_SHA": "as docker/metadata-action has them",
};
const COSIGN = {
  "COSIGN_PASSWORD ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN":
    "what signs, by a key or by the job's identity; cosign alone is given it",
};
const SUMMARY = { GITHUB_STEP_SUMMARY: "the file that a table of what was published is added to" };
const PUBLISHED =
  "a registry refuses or is given up; an image that is incomplete is refused by name, its tags untouched";

/** What help and reference say of each command. */
export const NOTES: Notes = {
  "digest-tools": {
    about:
      "An image for several architectures is built in legs, one native machine each. push publishes a leg by its digest and " +
      "leaves a small record. When all legs are there, merge or merge-all makes the index that users pull, and sets its tags. " +
      "Logins are Docker's. A name oci:DIR is an image layout on disk, in the place of a repository.",
    examples: [
      {
        does: "one leg, built elsewhere into a layout",
        line:
          "digest-tools push --layout build/amd64 --image oci:published --platform linux/amd64 --tag-suffix -cpu-x " +
          "--platform-tag amd64 --record-dir records",
      },
      {
        does: "all legs as one image, under its tags",
        line: "digest-tools merge --image oci:published --tag v1.2.3-cpu-x --record-dir records --expect linux/amd64,linux/arm64",
      },
    ],
    gives: "What its commands give.",
    fails: "something was refused or failed",
  },
  push: {
    about:
      "One digest in every repository, checked there before the record is written. What stands behind -- goes to docker buildx " +
      "build; --bake builds a target of a bake file; --layout copies what something else has built.",
    examples: [
      {
        does: "build a leg and push it to two registries",
        line:
          "digest-tools push --image quay.io/example/backends --image ghcr.io/example/backends --platform linux/arm64 " +
          "--tag-suffix -cpu-x --platform-tag arm64 --record-dir records -- --file backend/Dockerfile .",
        needs: "docker and logins",
      },
      {
        does: "copy a layout into another one, without Docker",
        line:
          "digest-tools push --layout build/arm64 --image oci:published --platform linux/arm64 --tag-suffix -cpu-x " +
          "--platform-tag arm64 --record-dir records",
      },
      {
        does: "an image of one architecture, with its tag",
        line:
          "digest-tools push --layout build/amd64 --image oci:published --platform linux/amd64 --tag-suffix -tool " +
          "--tag v1-tool --record-dir records-tool",
      },
    ],
    gives:
      "`NAME@DIGEST` of what was pushed, and `<record-dir>/<artifact>/record.json` (`fanfold.record/1`), the last thing written.",
    fails: `the build failed, or what a registry has is something else, or ${PUBLISHED}`,
    environment: { ...LOGINS, ...EVENT },
  },
  merge: {
    about: "Without a plan: the platforms are named here. An image that lacks one is refused, its tags untouched.",
    examples: [
      {
        does: "an image of two legs, under two tags",
        line:
          "digest-tools merge --image oci:published --tag v1.2.3-cpu-x --tag latest-cpu-x --record-dir records " +
          "--expect linux/amd64,linux/arm64",
      },
      {
        does: "what would be requested",
        line:
          "digest-tools merge --dry-run --image oci:published --tag v1.2.3-cpu-x --record-dir records " +
          "--expect linux/amd64,linux/arm64",
      },
      {
        does: "tags by GitHub's event",
        line: "digest-tools merge --image quay.io/example/backends --tag-suffix -cpu-x --record-dir records --expect linux/amd64",
        needs: "a registry",
      },
    ],
    gives: "`NAME:TAG@DIGEST` for each tag; `--json`: what happened to the image, with findings and their codes.",
    fails: PUBLISHED,
    environment: { ...LOGINS, ...EVENT, ...SUMMARY },
  },
  "merge-all": {
    about:
      "Repositories, tags and legs stand in the plan; records come from the build jobs. One image's broken data costs that image " +
      "alone.",
    examples: [
      {
        does: "everything that a run has built",
        line: "digest-tools merge-all --plan plan.json --record-dir records",
        needs: "a plan and records",
      },
      {
        does: "two images, and what would be requested for them",
        line: "digest-tools merge-all --plan plan.json --record-dir records --only kokoro,whisper --dry-run",
        needs: "a plan and records",
      },
      {
        does: "plan from a pipe, and no version overwritten",
        line: "fanfold plan --json | digest-tools merge-all --plan - --record-dir records --immutable",
        needs: "records",
      },
    ],
    gives: "`NAME:TAG@DIGEST` for each tag; `--json`: every image with what happened, findings and their codes.",
    fails: `an image was refused: ${PUBLISHED}`,
    environment: { ...LOGINS, ...EVENT, ...COSIGN, ...SUMMARY },
  },
  verify: {
    about: "Every tag is one digest in every repository named, and all that its index names is there.",
    examples: [
      {
        does: "one tag, with exactly these platforms",
        line: "digest-tools verify --image oci:published --tag latest-cpu-x --expect linux/amd64,linux/arm64",
      },
      {
        does: "the same image in two registries",
        line: "digest-tools verify --image quay.io/example/backends --image ghcr.io/example/backends --tag latest",
        needs: "registries",
      },
      {
        does: "signed with a key",
        line: "digest-tools verify --image quay.io/example/backends --tag latest --signed --key cosign.pub",
        needs: "a registry and cosign",
      },
    ],
    gives: "A line for each tag and repository: `ok` or `failed`, name, digest. `--json`: the same, with findings.",
    fails: "a tag is missing, incomplete, unsigned, or not the same everywhere",
    environment: LOGINS,
  },
  inspect: {
    about: "What a tag or a digest holds. Nothing is pulled but the manifests.",
    examples: [
      { does: "an image in a layout", line: "digest-tools inspect oci:published:latest-cpu-x" },
      {
        does: "an image in a registry",
        line: "digest-tools inspect ghcr.io/fluxcd/flux-cli:v2.6.4",
        needs: "a registry",
      },
      { does: "as data", line: "digest-tools inspect oci:published:latest-cpu-x --json" },
    ],
    gives: "A tree; `--json`: schema `fanfold.image/1`, sizes in bytes.",
    fails: "the image is not there or cannot be read",
    environment: LOGINS,
  },
  tags: {
    about: "The rules are docker/metadata-action's. No registry is asked.",
    examples: [
      { does: "the tags of this run's event", line: "digest-tools tags --tag-suffix -cpu-x" },
      {
        does: "by rules of your own",
        line: "digest-tools tags --tags type=ref,event=branch --tags type=sha,format=long --flavor latest=false",
      },
    ],
    gives: "One tag a line.",
    fails: "no tag follows from the event, or a rule cannot be used",
    environment: EVENT,
  },
};
