import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Machine } from "./machine.ts";

/** The files of a repository before its workflows are generated, whose images go to the machine's two registries. */
export interface Project {
  /** `workflow.name` of its config. */
  readonly workflowName: string;
  /** What is published to: one in each registry, or with `{image}` in the place of the images' names. */
  readonly images: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/** `name`: the namespace of its images. */
export type MakeProject = (machine: Machine, name: string) => Project;

/** `config`, `workflow`: more keys of the config; `lists`: more lists of the matrix; `files`: more files. */
interface More {
  readonly config?: object;
  readonly workflow?: object;
  readonly lists?: object;
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Images in one repository, told apart by suffixes: `alpha` and `beta` in two native legs, `beta` without a `latest`, and
 * `gamma`, a single.
 */
export function suffixes(more: More = {}): MakeProject {
  return (machine, name) => {
    const images = machine.registries.map(({ host }) => `${host}/${name}/backends`);
    const config = {
      images,
      inputs: [{ paths: ["{dockerfile}", "backends/{backend}/**"] }],
      build: BUILD,
      ignore: ["**/*.md"],
      ...more.config,
      workflow: {
        branches: ["main"],
        cron: "0 6 * * 0",
        secrets: ["BUILD_TOKEN"],
        registries: logins(machine),
        ...more.workflow,
      },
    };
    const entry = (backend: string, arch: "amd64" | "arm64", rest: object): object => ({
      backend,
      "tag-suffix": `-${backend}`,
      platforms: `linux/${arch}`,
      "runs-on": arch === "arm64" ? "ubuntu-24.04-arm" : "ubuntu-24.04",
      dockerfile: "Dockerfile",
      context: `backends/${backend}`,
      ...rest,
    });
    const legs = (backend: string, latest: string): readonly object[] =>
      (["amd64", "arm64"] as const).map((arch) => entry(backend, arch, { "platform-tag": arch, "tag-latest": latest }));
    const include = [...legs("alpha", "auto"), ...legs("beta", "false"), entry("gamma", "amd64", {})];
    return {
      workflowName: "backend",
      images,
      files: {
        // JSON is YAML.
        ".github/fanfold.yml": JSON.stringify(config, null, 2),
        ".github/backend-matrix.yml": JSON.stringify({ include, ...more.lists }, null, 2),
        Dockerfile: "FROM scratch\nCOPY . /\n",
        ...Object.fromEntries(
          ["alpha", "beta", "gamma"].map((backend) => [`backends/${backend}/file`, `${backend} 1\n`]),
        ),
        "README.md": "# Images\n",
        ...more.files,
      },
    };
  };
}

/** The same images, signed by a key. */
export const signed: MakeProject = (machine, name) =>
  suffixes({
    config: { sign: { cosign: "COSIGN_PRIVATE_KEY", public: ".github/cosign.pub" } },
    files: { ".github/cosign.pub": machine.publicKey },
  })(machine, name);

/**
 * The same images, merged in a job each, with what may stand around a build: a file made ahead of it, a login by an action
 * of the repository, and a list that a hand-written workflow builds: `mac` in two legs, which are merged, and `tool`, a single
 * of that workflow's own.
 */
export const surrounded: MakeProject = (machine, name) => {
  const use = (action: string, version: string): string => `uses: ${action}@${"0".repeat(40)} # ${version}`;
  const host = machine.registries.map(
    ({ host: at }, index) => `- name: Log in to ${at}
        ${use("docker/login-action", "v4")}
        with: { registry: "${at}", username: "\${{ secrets.USERNAME_${index + 1} }}", password: "\${{ secrets.PASSWORD_${index + 1} }}" }`,
  );
  const images = machine.registries.map(({ host: at }) => `--image ${at}/${name}/backends`).join(" ");
  return suffixes({
    workflow: {
      merge: "matrix",
      before: "./.github/actions/prepare",
      login: "./.github/actions/cloud-login",
      lists: {
        includeDarwin: {
          uses: "./.github/workflows/darwin.yml",
          with: { backend: "{backend}", tag: "{platform-tag}", record: "{artifact-name}" },
        },
      },
    },
    lists: {
      includeDarwin: [
        ...["amd64", "arm64"].map((arch) => ({ backend: "mac", "tag-suffix": "-mac", "platform-tag": arch })),
        { backend: "tool", "tag-suffix": "-tool", "platform-tag": "" },
      ],
    },
    files: {
      Dockerfile: "FROM scratch\nCOPY . /\nCOPY prepared /prepared\n",
      "backends/mac/file": "mac 1\n",
      "backends/tool/file": "tool 1\n",
      ".github/actions/prepare/action.yml": `name: Prepare
description: Makes what git does not hold
runs:
  using: composite
  steps:
    - name: Make a file in each context
      shell: bash
      run: for folder in backends/*; do echo prepared > "$folder/prepared"; done
`,
      ".github/actions/cloud-login/action.yml": `name: Log in to the cloud
description: Stands for a login by OIDC
runs:
  using: composite
  steps:
    - name: Exchange the identity
      shell: bash
      run: echo exchanged
`,
      ".github/workflows/darwin.yml": `name: darwin
on:
  workflow_call:
    inputs:
      backend: { type: string, required: true }
      tag: { type: string, required: true }
      record: { type: string, required: true }
    secrets:
${Object.keys(machine.secrets)
  .filter((secret) => secret !== "BUILD_TOKEN")
  .map((secret) => `      ${secret}: { required: false }`)
  .join("\n")}
permissions:
  contents: read
jobs:
  build:
    runs-on: macos-15
    steps:
      - name: Check out
        ${use("actions/checkout", "v7")}
      - name: Set up Node
        ${use("actions/setup-node", "v7")}
      ${host.join("\n      ")}
      - name: Push
        if: inputs.tag != ''
        env:
          BACKEND: \${{ inputs.backend }}
          TAG: \${{ inputs.tag }}
        run: |
          echo prepared > "backends/$BACKEND/prepared"
          npx --yes --prefix "$RUNNER_TEMP" @fanfold/digest-tools push ${images} --platform "linux/$TAG" \\
            --tag-suffix="-$BACKEND" --platform-tag="$TAG" --record-dir "$RUNNER_TEMP/records" -- --file Dockerfile "backends/$BACKEND"
      - name: Keep the record
        if: inputs.tag != ''
        ${use("actions/upload-artifact", "v7")}
        with:
          name: \${{ inputs.record }}
          path: \${{ runner.temp }}/records/digests-\${{ inputs.backend }}--\${{ inputs.tag }}
`,
    },
  })(machine, name);
};

/** The same images with a test of each, in registries where legs are tagged; an image whose file holds "broken" fails its test. */
export const tested: MakeProject = (machine, name) =>
  suffixes({
    workflow: {
      test: "sh ./smoke.sh",
      registries: logins(machine).map((login) => ({ ...login, anchor: true })),
    },
    files: {
      "smoke.sh": `set -eu
docker image inspect "$IMAGE" >/dev/null 2>&1 || docker pull --quiet --platform "$PLATFORM" "$IMAGE" >/dev/null
container=$(docker create --platform "$PLATFORM" "$IMAGE" /none)
said=$(docker cp "$container:/file" - | tar -xO)
docker rm "$container" >/dev/null
echo "tested $PLATFORM: $said"
case "$said" in *broken*) exit 7 ;; esac
`,
    },
  })(machine, name);

/**
 * Images in repositories of their own that are built from each other: `child` in two native legs on `base`, `app`, a single, on
 * `child`, and `apart` on nothing. Every Dockerfile names what is published in the first registry.
 */
export function standing(more: Pick<More, "workflow" | "files"> = {}): MakeProject {
  return (machine, name) => {
    const images = machine.registries.map(({ host }) => `${host}/${name}/{image}`);
    const published = (image: string): string => images[0]?.replace("{image}", image) ?? "";
    const entry = (backend: string, arch: string, keys: object): object => ({
      backend,
      platforms: `linux/${arch}`,
      "runs-on": arch === "arm64" ? "ubuntu-24.04-arm" : "ubuntu-24.04",
      dockerfile: `${backend}/Dockerfile`,
      context: backend,
      ...keys,
    });
    const legs = (backend: string): readonly object[] =>
      ["amd64", "arm64"].map((arch) => entry(backend, arch, { "platform-tag": arch }));
    const include = [entry("app", "amd64", {}), ...legs("child"), ...legs("base"), entry("apart", "amd64", {})];
    const config = {
      images,
      build: BUILD,
      workflow: { branches: ["main"], cron: "0 6 * * 0", registries: logins(machine), ...more.workflow },
    };
    return {
      workflowName: "backend",
      images,
      files: {
        ".github/fanfold.yml": JSON.stringify(config, null, 2),
        ".github/backend-matrix.yml": JSON.stringify({ include }, null, 2),
        "base/Dockerfile": "FROM scratch\nCOPY file /base\n",
        "child/Dockerfile": `ARG TAG=main\nFROM ${published("base")}:\${TAG}\nCOPY file /child\n`,
        "app/Dockerfile": `FROM ${published("child")}:main\nCOPY file /app\n`,
        "apart/Dockerfile": "FROM scratch\nCOPY file /\n",
        ...Object.fromEntries(["base", "child", "app", "apart"].map((image) => [`${image}/file`, `${image} 1\n`])),
        ...more.files,
      },
    };
  };
}

/**
 * A bake file as the matrix, reused and signed by a key: `app` in two native legs on `tool`, with `inner` built inside it; a matrix
 * target, `py`, an image of one leg.
 */
export const baked: MakeProject = (machine, name) => {
  const images = machine.registries.map(({ host }) => `${host}/${name}/{image}`);
  const tags = (image: string): string =>
    images.map((each) => `"${each.replace("{image}", image)}:\${TAG}"`).join(", ");
  const bake = `variable "TAG" { default = "main" }
variable "PLATFORMS" { default = ["linux/amd64", "linux/arm64"] }
group "default" { targets = ["app", "tool", "py"] }
target "_plain" {
  attest = ["type=sbom,disabled=true"]
}
target "inner" {
  context = "inner"
}
target "tool" {
  inherits = ["_plain"]
  context = "tool"
  platforms = PLATFORMS
  tags = [${tags("tool")}]
}
target "app" {
  inherits = ["_plain"]
  context = "app"
  platforms = PLATFORMS
  contexts = { tool = "target:tool", inner = "target:inner" }
  tags = [${tags("app")}]
}
target "py" {
  name = "py-\${replace(version, ".", "-")}"
  matrix = { version = ["3.13"] }
  inherits = ["_plain"]
  context = "tool"
  platforms = ["linux/amd64"]
  args = { VERSION = version }
  tags = [${tags("py-${version}")}]
}
`;
  const config = {
    matrix: "docker-bake.hcl",
    reuse: "published",
    sign: { cosign: "COSIGN_PRIVATE_KEY", public: ".github/cosign.pub" },
    workflow: { branches: ["main"], registries: logins(machine), runners: { "linux/arm64": "ubuntu-24.04-arm" } },
  };
  return {
    workflowName: "backend",
    images,
    files: {
      ".github/fanfold.yml": JSON.stringify(config, null, 2),
      ".github/cosign.pub": machine.publicKey,
      "docker-bake.hcl": bake,
      "inner/Dockerfile": "FROM scratch\nCOPY file /inner\n",
      "tool/Dockerfile": "FROM scratch\nARG VERSION\nLABEL version=$VERSION\nCOPY file /tool\n",
      "app/Dockerfile": "FROM tool\nCOPY --from=inner /inner /inner\nCOPY file /app\n",
      ...Object.fromEntries(["inner", "tool", "app"].map((image) => [`${image}/file`, `${image} 1\n`])),
    },
  };
};

const SERVICES = fileURLToPath(new URL("../../../examples/services", import.meta.url));

/** The example with a repository for each image, published to the machine's registries in the place of its own. */
export const services: MakeProject = (machine, name) => {
  const images = machine.registries.map(({ host }) => `${host}/${name}/{image}`);
  const paths = readdirSync(SERVICES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(SERVICES.length + 1));
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(join(SERVICES, path), "utf8")]));
  const config: { readonly workflow: { readonly name: string } } = parse(files[".github/fanfold.yml"] ?? "");
  const own = { ...config, images, build: BUILD, workflow: { ...config.workflow, registries: logins(machine) } };
  return {
    workflowName: config.workflow.name,
    images,
    files: { ...files, ".github/fanfold.yml": JSON.stringify(own, null, 2) },
  };
};

// The scanner of an SBOM is an image of Docker Hub's.
const BUILD = { attest: ["type=sbom,disabled=true"] };

function logins(machine: Machine): readonly object[] {
  return machine.registries.map(({ host }, index) => ({
    host,
    username: `USERNAME_${index + 1}`,
    password: `PASSWORD_${index + 1}`,
  }));
}
