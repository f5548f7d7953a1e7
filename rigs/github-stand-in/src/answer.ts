import type { Call } from "./http/call.ts";
import type { ApiTarget } from "./http/locate.ts";
import { notFound, type Reply } from "./http/reply.ts";
import { getCommit, getGitCommit } from "./routes/commits.ts";
import { compare } from "./routes/compare.ts";
import { getContents } from "./routes/contents.ts";
import { getPull, listPullCommits, listPullFiles } from "./routes/pulls.ts";
import { createRelease, getRelease } from "./routes/releases.ts";
import { getRepository } from "./routes/repository.ts";
import { listRunJobs } from "./routes/run-jobs.ts";
import { getTree } from "./routes/trees.ts";
import { listRuns, listWorkflowRuns } from "./routes/workflow-runs.ts";

/** The real answer to a request, out of the repository. */
export async function answer(call: Call, target: Exclude<ApiTarget, { route: "rate-limit" }>): Promise<Reply> {
  if (call.posted !== undefined) {
    return target.route === "releases" ? await createRelease(call, call.posted.value) : notFound();
  }
  switch (target.route) {
    case "compare":
      return await compare(call, target.base, target.head);
    case "pull":
      return await getPull(call, target.number);
    case "pull-commits":
      return listPullCommits(call, target.number);
    case "pull-files":
      return await listPullFiles(call, target.number);
    case "tree":
      return await getTree(call, target.name);
    case "contents":
      return await getContents(call, target.path);
    case "commit":
      return await getCommit(call, target.name);
    case "git-commit":
      return await getGitCommit(call, target.name);
    case "workflow-runs":
      return await listWorkflowRuns(call, target.workflow);
    case "runs":
      return await listRuns(call);
    case "run-jobs":
      return listRunJobs(call, target.run);
    case "release":
      return getRelease(call, target.tag);
    case "repository":
      return await getRepository(call);
    case "releases":
    case "unknown":
      return notFound();
  }
}
