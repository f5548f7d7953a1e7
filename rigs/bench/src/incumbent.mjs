// A minimal script of the kind that repositories with a build matrix carry themselves: js-yaml, octokit, prefixes.
// `whole-process.ts` runs it beside `fanfold plan`, on the same event.
import { appendFileSync, readFileSync } from "node:fs";
import { Octokit } from "@octokit/rest";
import { load } from "js-yaml";

const DIRECTORIES = { python: "python", golang: "go", rust: "rust", "llama-cpp": "cpp" };

const event = JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH, "utf8"));
const [owner, repo] = process.env.GITHUB_REPOSITORY.split("/");
const octokit = new Octokit({ baseUrl: process.env.GITHUB_API_URL, auth: process.env.GITHUB_TOKEN });
const basehead = `${event.before}...${event.after}`;
const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead });
const files = data.files.map(({ filename }) => filename);

const matrix = load(readFileSync(".github/backend-matrix.yml", "utf8"));
const include = matrix.include.filter((entry) => {
  const language = entry.dockerfile.split("Dockerfile.")[1];
  const prefixes = [`backend/${DIRECTORIES[language]}/${entry.backend}/`, `backend/${DIRECTORIES[language]}/common/`];
  return files.some((file) => `./${file}` === entry.dockerfile || prefixes.some((prefix) => file.startsWith(prefix)));
});
const legs = Object.groupBy(include, (entry) => entry["tag-suffix"]);
const [multi, single] = [[], []];
for (const entry of include) (legs[entry["tag-suffix"]].length > 1 ? multi : single).push(entry);
const backends = new Set(include.map(({ backend }) => backend));
const outputs = {
  "run-all": false,
  "has-backends": include.length > 0,
  matrix: JSON.stringify({ include }),
  "matrix-multi-1": JSON.stringify({ include: multi }),
  "matrix-single-1": JSON.stringify({ include: single }),
  ...Object.fromEntries(matrix.include.map(({ backend }) => [backend, backends.has(backend)])),
};
for (const [name, value] of Object.entries(outputs)) appendFileSync(process.env.GITHUB_OUTPUT, `${name}=${value}\n`);
