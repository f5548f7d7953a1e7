import { appendFileSync } from "node:fs";
import { dirname } from "node:path";

// Stands in for actions/setup-node: the Node that runs this goes first on the PATH of the steps that follow.
appendFileSync(process.env["GITHUB_PATH"] ?? "", `${dirname(process.execPath)}\n`);
