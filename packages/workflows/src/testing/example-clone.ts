import { type RecordingHost, recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { gitEnvironment, type ScratchFile, ScratchRepository } from "@fanfold-rigs/github-stand-in";
import { main } from "../cli.ts";

/** Two legs, two singles, and a list that another workflow builds. */
export const MATRIX = `include:
  - { backend: vllm, tag-suffix: "-cpu-vllm", platforms: linux/amd64, platform-tag: amd64, dockerfile: ./backend/Dockerfile.python, context: ./ }
  - { backend: vllm, tag-suffix: "-cpu-vllm", platforms: linux/arm64, platform-tag: arm64, dockerfile: ./backend/Dockerfile.python, context: ./ }
  - { backend: vllm, tag-suffix: "-hipblas-vllm", platforms: linux/amd64, dockerfile: ./backend/Dockerfile.python, context: ./ }
  - { backend: ced, tag-suffix: "-cpu-ced", platforms: linux/amd64, dockerfile: ./backend/Dockerfile.golang, context: ./ }
includeDarwin:
  - { backend: ced, tag-suffix: "-darwin-ced", runs-on: macos-15 }
`;

export const CONFIG = `images: [quay.io/example/backends]
inputs:
  - paths: ["{dockerfile}"]
  - when: { dockerfile: "**/Dockerfile.python" }
    paths: ["backend/python/{backend}/**", "backend/python/common/**"]
  - when: { backend: ced }
    paths: ["backend/go/{backend}/**"]
    except: ["**/*_test.go"]
ignore: ["**/*.md"]
`;

export const FILES: Readonly<Record<string, ScratchFile>> = {
  ".github/backend-matrix.yml": MATRIX,
  ".github/fanfold.yml": CONFIG,
  "README.md": "# x\n",
  "backend/Dockerfile.golang": "FROM scratch\n",
  "backend/Dockerfile.python": "FROM scratch\n",
  "backend/go/ced/ced_test.go": "package ced\n",
  "backend/go/ced/main.go": "package ced\n",
  "backend/python/common/install.sh": "true\n",
  "backend/python/vllm/run.py": "pass\n",
};

/** The same Dockerfiles reading their whole context, which is what rules are written for. */
export const WHOLE_CONTEXT: Readonly<Record<string, ScratchFile>> = {
  ".dockerignore": ".git\n",
  "backend/Dockerfile.golang": "FROM scratch\nCOPY . /\n",
  "backend/Dockerfile.python": "FROM scratch\nCOPY . /\n",
};

/** A real clone, and the command `fanfold` in it. */
export class ExampleClone implements AsyncDisposable {
  readonly repository: ScratchRepository;

  private constructor(repository: ScratchRepository) {
    this.repository = repository;
  }

  /** Two commits, the second of which changes what the first is given; checked out. */
  static async create(
    first: Readonly<Record<string, ScratchFile>> = FILES,
    second: Readonly<Record<string, ScratchFile>> = {},
  ): Promise<ExampleClone> {
    const clone = new ExampleClone(await ScratchRepository.create());
    await clone.repository.commit({ files: first });
    if (Object.keys(second).length > 0) await clone.repository.commit({ files: second });
    await clone.repository.checkout("main");
    return clone;
  }

  async fanfold(
    args: readonly string[],
    given: { readonly env?: RecordingHost["env"]; readonly below?: string; readonly stdin?: string } = {},
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const host = recordingHost({
      cwd: `${this.repository.path}${given.below === undefined ? "" : `/${given.below}`}`,
      env: { ...gitEnvironment(), ...given.env },
      ...(given.stdin === undefined ? {} : { stdin: given.stdin }),
    });
    const code = await main(args, host);
    return { code, ...host.written };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.repository.remove();
  }
}
