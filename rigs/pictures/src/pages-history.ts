import { ScratchRepository } from "@fanfold-rigs/github-stand-in";

const PYTHON =
  "chatterbox coqui diffusers detector kokoro narrator ranker sentences transformers voices vllm translator".split(" ");
const GO = "bark embeddings llama-cpp piper pauses painter store whisper".split(" ");
export const PUSHES = 400;
const AGAINST = ".github/prefixes.yml";
const BASE_INPUT = "backend/python/base/requirements.txt";
const FIRST = Date.UTC(2025, 11, 1, 7);
const HOUR = 3_600_000;

/** What is pushed, how often of a hundred times, and what the message says. */
interface Kind {
  readonly weight: number;
  readonly change: (number: number) => { readonly message: string; readonly paths: readonly string[] };
}

const of = (list: readonly string[], number: number): string => list[number % list.length] ?? "";

const KINDS: readonly Kind[] = [
  {
    weight: 24,
    change: (n) => ({
      message: `docs: ${of(["quickstart", "models", "GPU notes", "FAQ"], n)}`,
      paths: [`docs/page-${n % 9}.md`],
    }),
  },
  {
    weight: 16,
    change: (n) => ({
      message: `feat(ui): ${of(["settings", "chat history", "model gallery", "dark mode"], n)}`,
      paths: [`core/http/static/view-${n % 30}.js`, "core/http/routes.go"],
    }),
  },
  { weight: 12, change: () => ({ message: "chore: update the model gallery", paths: ["gallery/index.yaml"] }) },
  {
    weight: 20,
    change: (n) => ({
      message: `fix(${of(PYTHON, n)}): ${of(["streaming", "shorter start", "bound the cache", "device map"], n)}`,
      paths: [`backend/python/${of(PYTHON, n)}/run.py`],
    }),
  },
  {
    weight: 12,
    change: (n) => ({
      message: `feat(${of(GO, n)}): ${of(["new API", "batching", "grammar", "log probabilities"], n)}`,
      paths: [`backend/go/${of(GO, n)}/main.go`],
    }),
  },
  {
    weight: 5,
    change: () => ({ message: "fix: reload models after an error", paths: ["backend/python/common/loader.py"] }),
  },
  {
    weight: 5,
    change: () => ({ message: "refactor: one gRPC server", paths: ["pkg/grpc/server.go", "pkg/grpc/server_test.go"] }),
  },
  { weight: 3, change: () => ({ message: "chore: pin torch", paths: [BASE_INPUT] }) },
  { weight: 2, change: () => ({ message: "chore: new CUDA", paths: ["backend/cuda/install.sh"] }) },
  { weight: 1, change: () => ({ message: "build: cmake flags", paths: ["backend/Dockerfile.golang"] }) },
];

export interface PagesHistory {
  readonly repository: ScratchRepository;
  /** A `--pushes` file. */
  readonly pushes: string;
  /** The path of a second config, of the kind that filters by prefixes. */
  readonly against: string;
  /** A `--durations` file. */
  readonly durations: string;
  /** The last push that changes the base of others. */
  readonly latest: string;
}

/** A made-up repository of images for speech and language models, as it has grown in a year; the same in every run. */
export async function pagesHistory(count: number = PUSHES): Promise<PagesHistory> {
  const repository = await ScratchRepository.create();
  let last = await repository.commit({ message: "feat: backends", files: firstFiles() });
  let latest = last;
  const lines: string[] = [];
  const random = randomNumbers();
  let time = FIRST;
  for (let number = 0; number < count; number += 1) {
    const { message, paths } = chosen(random()).change(Math.floor(random() * 1000));
    const text = (path: string): string => `${path === "backend/Dockerfile.golang" ? GO_DOCKERFILE : ""}# ${number}\n`;
    const head = await repository.commit({
      message,
      files: Object.fromEntries(paths.map((path) => [path, text(path)])),
    });
    time += Math.round((0.2 + random() * random() * 60) * HOUR);
    lines.push(`${last} ${head} ${new Date(time).toISOString()}`);
    last = head;
    if (paths.includes(BASE_INPUT)) latest = head;
  }
  await repository.checkout("main");
  await repository.git("remote", "add", "origin", "https://github.com/example/backends.git");
  return { repository, pushes: `${lines.join("\n")}\n`, against: AGAINST, durations: DURATIONS, latest };
}

const PYTHON_DOCKERFILE =
  "FROM ghcr.io/example/python-base\nARG BACKEND\nCOPY backend/python/common /common\nCOPY backend/python/${BACKEND} /app\n";
const GO_DOCKERFILE =
  "FROM golang:1.26 AS build\nARG BACKEND\nCOPY pkg/grpc /src/grpc\nCOPY backend/go/${BACKEND} /src/app\nRUN go build -C /src/app -o /app\nFROM scratch\nCOPY --from=build /app /app\n";

const DURATIONS = "build: 540\nbuilds: { cuda-base: 900, python-base: 480, vllm: 1900, diffusers: 1500 }\n";

/** A folder for each image, and nothing of what Dockerfiles read besides. */
const PREFIXES = `images: ["ghcr.io/example/{image}"]
infer: false
inputs:
  - paths: ["{dockerfile}"]
  - when: { dockerfile: "**/Dockerfile.python" }
    paths: ["backend/python/{backend}/**"]
  - when: { dockerfile: "**/Dockerfile.golang" }
    paths: ["backend/go/{backend}/**"]
  - when: { backend: python-base }
    paths: ["backend/python/base/**"]
  - when: { backend: [cuda-base, legacy] }
    paths: ["backend/cuda/**", "backend/legacy/**"]
workflow: { branches: [main] }
`;

function firstFiles(): Readonly<Record<string, string>> {
  const legs = (image: string, rest: string): readonly string[] =>
    ["amd64", "arm64"].map(
      (tag) =>
        `  - { backend: ${image}, image: ${image}, tag-suffix: "", platforms: linux/${tag}, platform-tag: ${tag}, ${rest} }`,
    );
  const matrix = [
    "include:",
    ...legs("cuda-base", "context: ., dockerfile: backend/cuda/Dockerfile"),
    ...legs("python-base", "context: ., dockerfile: backend/python/base/Dockerfile"),
    ...PYTHON.flatMap((name) =>
      legs(name, `context: ., dockerfile: backend/Dockerfile.python, args: { BACKEND: ${name} }`),
    ),
    ...GO.flatMap((name) =>
      legs(name, `context: ., dockerfile: backend/Dockerfile.golang, args: { BACKEND: ${name} }`),
    ),
    ...legs("legacy", "context: ., dockerfile: backend/legacy/Dockerfile"),
  ];
  return {
    ".github/backend-matrix.yml": `${matrix.join("\n")}\n`,
    ".github/fanfold.yml":
      'images: ["ghcr.io/example/{image}"]\nignore: ["docs/**", "**/*.md", "**/*_test.go"]\nworkflow: { branches: [main] }\n',
    [AGAINST]: PREFIXES,
    "backend/cuda/Dockerfile": "FROM ubuntu:24.04\nCOPY backend/cuda/install.sh /\n",
    "backend/cuda/install.sh": "true\n",
    "backend/python/base/Dockerfile": "FROM ghcr.io/example/cuda-base\nCOPY backend/python/base/requirements.txt /\n",
    [BASE_INPUT]: "torch\n",
    "backend/python/common/loader.py": "pass\n",
    "backend/Dockerfile.python": PYTHON_DOCKERFILE,
    "backend/Dockerfile.golang": GO_DOCKERFILE,
    "backend/legacy/Dockerfile": "FROM ubuntu:20.04\nCOPY backend/legacy/run.sh /\n",
    "backend/legacy/run.sh": "true\n",
    "pkg/grpc/server.go": "package grpc\n",
    "core/http/routes.go": "package http\n",
    ...Object.fromEntries(PYTHON.map((name) => [`backend/python/${name}/run.py`, "pass\n"])),
    ...Object.fromEntries(GO.map((name) => [`backend/go/${name}/main.go`, "package main\n"])),
  };
}

function chosen(random: number): Kind {
  let left = random * KINDS.reduce((sum, { weight }) => sum + weight, 0);
  const kind = KINDS.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  if (kind === undefined) throw new Error("weights do not add up");
  return kind;
}

/** Park and Miller's generator: small, and the same everywhere. */
function randomNumbers(): () => number {
  let state = 20_260_101;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
