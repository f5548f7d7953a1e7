import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The name under which `npx` finds the command: `fanfold`, beside `@fanfold/workflows`. */
const SECOND_NAME = "fanfold";

// What both names share, word for word.
const SHARED = ["version", "description", "license", "type", "keywords", "bugs", "engines", "publishConfig"] as const;

interface Manifest extends Readonly<Record<(typeof SHARED)[number], unknown>> {
  readonly name: string;
  readonly version: string;
  readonly repository: { readonly type: string; readonly url: string };
}

/**
 * Writes the package `fanfold` into `directory`, from a built `packages/workflows` below `root`. It holds no second copy of
 * the code: its command and its exports are those of `@fanfold/workflows` at exactly its version. So a project that has both
 * names loads one module, and an error is `instanceof` the class whichever name it was imported by. Its own are the schemas,
 * whose addresses name it, and the repository's README: the page of this name is where people meet the project.
 */
export function writeSecondName(root: string, directory: string): void {
  const workflows = join(root, "packages/workflows");
  const manifest: Manifest = JSON.parse(readFileSync(join(workflows, "package.json"), "utf8"));
  mkdirSync(directory, { recursive: true });
  cpSync(join(root, "scripts/release/fanfold"), directory, { recursive: true });
  cpSync(join(workflows, "dist/schema"), join(directory, "schema"), { recursive: true });
  cpSync(join(root, "LICENSE"), join(directory, "LICENSE"));
  writeFileSync(join(directory, "README.md"), withPictures(readFileSync(join(root, "README.md"), "utf8"), manifest));
  const changelog = join(workflows, "CHANGELOG.md");
  if (existsSync(changelog)) {
    const text = readFileSync(changelog, "utf8").replace(`# ${manifest.name}\n`, `# ${SECOND_NAME}\n`);
    writeFileSync(join(directory, "CHANGELOG.md"), text);
  }
  const own = {
    name: SECOND_NAME,
    ...Object.fromEntries(SHARED.map((key) => [key, manifest[key]])),
    repository: { type: manifest.repository.type, url: manifest.repository.url },
    homepage: manifest.repository.url.replace(/^git\+(.*)\.git$/, "$1#readme"),
    sideEffects: false,
    exports: {
      ".": { types: "./index.d.ts", default: "./index.js" },
      "./schema/*.json": "./schema/*.json",
      "./package.json": "./package.json",
    },
    bin: { [SECOND_NAME]: `./bin/${SECOND_NAME}.js` },
    dependencies: { [manifest.name]: manifest.version },
  };
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(own, null, 2)}\n`);
}

/** npm finds relative links and `src` in the repository, and leaves the `srcset` of dark pictures as it is. */
function withPictures(readme: string, { repository }: Manifest): string {
  const raw = repository.url.replace(
    /^git\+https:\/\/github\.com\/(.*)\.git$/,
    "https://raw.githubusercontent.com/$1/HEAD",
  );
  return readme.replace(/\b(src|srcset)="(?!https:)([^"]+)"/g, `$1="${raw}/$2"`);
}
