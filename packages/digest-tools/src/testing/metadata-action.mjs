// Runs docker/metadata-action's published program over many cases in one process: cases as JSON on standard input, one
// answer a line on standard output. GitHub's API is a server on loopback that knows the repository and the commit.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [program] = process.argv.slice(2);
const load = createRequire(import.meta.url);
const directory = mkdtempSync(join(tmpdir(), "metadata-action-"));
const cases = JSON.parse(readFileSync(0, "utf8"));
let current;
const server = createServer((request, response) => {
  const body = request.url.includes("/commits/")
    ? { commit: { committer: { date: current.commitDate } } }
    : current.repository;
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const print = process.stdout.write.bind(process.stdout);

for (const [index, item] of cases.entries()) {
  current = item;
  const [output, event] = ["output", "event.json"].map((name) => join(directory, `${index}-${name}`));
  writeFileSync(output, "");
  writeFileSync(event, JSON.stringify(item.payload));
  for (const name of Object.keys(process.env)) if (/^(?:GITHUB|INPUT|DOCKER)_/.test(name)) delete process.env[name];
  Object.assign(process.env, item.env, {
    GITHUB_API_URL: `http://127.0.0.1:${server.address().port}`,
    GITHUB_EVENT_PATH: event,
    GITHUB_OUTPUT: output,
    GITHUB_REPOSITORY: "example/backends",
    RUNNER_TEMP: directory,
    INPUT_TAGS: item.tags.join("\n"),
    INPUT_FLAVOR: item.flavor.join("\n"),
    INPUT_LABELS: item.labels.join("\n"),
    "INPUT_GITHUB-TOKEN": "none",
  });
  print(`${JSON.stringify(await answer(output))}\n`);
}
server.close();
rmSync(directory, { recursive: true, force: true });
process.exit(0);

/** The program ends by itself; its last output is written when all is known, or it sets the exit code. */
async function answer(output) {
  process.exitCode = undefined;
  const said = [];
  process.stdout.write = (text) => {
    said.push(String(text));
    return true;
  };
  try {
    for (const file of Object.keys(load.cache)) delete load.cache[file];
    load(program);
    for (let waited = 0; waited < 5_000; waited += 2) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const text = readFileSync(output, "utf8");
      if (/^bake-file<</m.test(text)) return { kind: "ok", json: JSON.parse(/^json<<(\S+)\n(.*)\n\1$/m.exec(text)[2]) };
      if (process.exitCode === 1)
        return { kind: "refused", message: said.find((line) => line.startsWith("::error"))?.trim() };
    }
    return { kind: "silent" };
  } finally {
    process.stdout.write = print;
  }
}
