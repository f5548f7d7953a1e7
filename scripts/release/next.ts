// What a push to main is to bring about: `version` where changesets are to become one, `release` where a version is not
// released, else `nothing`. Prints it, as the output `next` of a step.
import { hasRelease, readGitHub } from "./github.ts";
import { run } from "./refusal.ts";
import { readStanding } from "./standing.ts";

await run(async () => {
  const { version, pending, ready } = readStanding();
  const due = ready && !(await hasRelease(readGitHub(), version));
  process.stdout.write(`next=${due ? "release" : pending > 0 ? "version" : "nothing"}\n`);
});
