import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ScratchRepository } from "@fanfold-rigs/github-stand-in";

const example = fileURLToPath(new URL("../../../../../examples/backends", import.meta.url));

/** A clone of the example repository, checked out, whose last commit changes what `kokoro` is built from. */
export interface ExampleRepository extends AsyncDisposable {
  readonly repository: ScratchRepository;
  readonly base: string;
  readonly head: string;
}

export async function exampleRepository(): Promise<ExampleRepository> {
  const repository = await ScratchRepository.create();
  const base = await repository.commit({ message: "feat: backends", files: await exampleFiles() });
  const files = { "backend/python/kokoro/run.py": 'VOICES = ["af", "bf", "jf"]\n' };
  const head = await repository.commit({ message: "fix(kokoro): a third voice", files });
  await repository.checkout("main");
  return { repository, base, head, [Symbol.asyncDispose]: () => repository.remove() };
}

async function exampleFiles(): Promise<Record<string, string>> {
  const entries = await readdir(example, { recursive: true, withFileTypes: true });
  const files: Record<string, string> = {};
  for (const entry of entries.filter((file) => file.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files[path.slice(example.length + 1)] = await readFile(path, "utf8");
  }
  return files;
}
