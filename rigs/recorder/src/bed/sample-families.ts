/** Small families of images, as files of a repository. */

type Files = Readonly<Record<string, string>>;

export const MATRIX = ".github/backend-matrix.yml";
export const CONFIG = ".github/fanfold.yml";

export const RULES = `inputs:
  - paths: ["{dockerfile}"]
  - when: { dockerfile: "**/Dockerfile.python" }
    paths: ["backend/python/{backend}/**", "backend/python/common/**"]
  - when: { dockerfile: "**/Dockerfile.golang" }
    unless: { backend: [silent] }
    paths: ["backend/go/{backend}/**"]
    except: ["**/*_test.go"]
ignore: ["**/*.md"]
`;

const sources: Files = {
  "README.md": "x\n",
  "backend/Dockerfile.python": "FROM alpine\nCOPY backend/python /app\n",
  "backend/Dockerfile.golang": "FROM alpine\nCOPY backend/go /app\n",
  "backend/python/common/base.py": "1\n",
  "backend/python/whisper/run.py": "1\n",
  "backend/go/piper/a.go": "1\n",
  "backend/go/piper/a_test.go": "1\n",
  "backend/go/silent/a.go": "1\n",
};

const python = "dockerfile: backend/Dockerfile.python, context: .";
const golang = "dockerfile: backend/Dockerfile.golang, context: .";

/** A pair of legs and two singles. */
export const small: Files = {
  ...sources,
  [MATRIX]: `include:
  - { backend: whisper, tag-suffix: "-cpu-whisper", platforms: linux/amd64, platform-tag: amd64, ${python}, runs-on: ubuntu-24.04 }
  - { backend: whisper, tag-suffix: "-cpu-whisper", platforms: linux/arm64, platform-tag: arm64, ${python}, runs-on: ubuntu-24.04-arm }
  - { backend: piper, tag-suffix: "-cpu-piper", tag-latest: "false", platforms: linux/amd64, ${golang}, runs-on: ubuntu-24.04 }
  - { backend: silent, tag-suffix: "-silent", platforms: "linux/amd64,linux/arm64", ${golang}, runs-on: ubuntu-24.04 }
`,
  [CONFIG]: `images: [quay.io/example/backends, ghcr.io/example/backends]\n${RULES}`,
  "rules.yml": RULES,
};

/** The same, and a list that a hand-written workflow builds. */
export const withDarwin: Files = {
  ...small,
  [MATRIX]: `${small[MATRIX]}includeDarwin:
  - { backend: whisper, tag-suffix: "-metal-whisper", platforms: darwin/arm64, lang: python, runs-on: macos-15 }
  - { backend: mlx, tag-suffix: "-metal-mlx", platforms: darwin/arm64, lang: python, paths: ["backend/mlx/**"], runs-on: macos-15 }
`,
  "backend/mlx/run.py": "1\n",
  ".github/workflows/darwin.yml": `name: darwin
on:
  workflow_call:
    inputs:
      backend: { type: string, required: true }
      language: { type: string, required: true }
permissions: {}
jobs:
  build:
    runs-on: macos-15
    permissions: { contents: read }
    steps: [{ run: echo ok }]
`,
  [CONFIG]: `images: [quay.io/example/backends]
${RULES}  - "docs/**"
workflow:
  lists:
    includeDarwin:
      uses: ./.github/workflows/darwin.yml
      with: { language: "{lang}" }
`.replace('ignore: ["**/*.md"]\n  - "docs/**"', 'ignore: ["**/*.md", "docs/**"]'),
};

/** Every key of `workflow` that stands alone, by a name for the case. */
export const workflowKeys: Readonly<Record<string, string>> = {
  "need-disk": "  need-disk: 60GB\n",
  cron: '  cron: "0 6 * * 0"\n',
  "merge-matrix": "  merge: matrix\n",
  registries: `  registries:
    - { host: quay.io, username: QUAY_USERNAME, password: QUAY_PASSWORD, anchor: true }
    - { host: ghcr.io, username: GITHUB_ACTOR, password: GITHUB_TOKEN }
`,
  triggers: '  name: images\n  branches: [main, "release/**"]\n  tags: ["v*"]\n',
  limits: "  max-parallel: 8\n  timeout-minutes: 60\n  retention-days: 3\n  rebuild-on-change: false\n",
  runners: "  runners: { linux/amd64: ubuntu-latest, linux/arm64: my-arm }\n",
};

/** The small family with this under `workflow`. */
export function withWorkflow(keys: string): Files {
  return { ...small, [CONFIG]: `${small[CONFIG]}workflow:\n${keys}` };
}
