import { execFileSync } from "node:child_process";

// Stands in for actions/checkout: the event's commit, shallow, into the empty workspace, from the stand-in for GitHub.
// `sparse-checkout` is in cone mode unless told otherwise, as there.
const env = process.env;
const sparse = (env["INPUT_SPARSE-CHECKOUT"] ?? "").split("\n").filter((line) => line !== "");

const git = (...args: readonly string[]): void => {
  execFileSync("git", ["-C", env["GITHUB_WORKSPACE"] ?? "", ...args], { stdio: ["ignore", "inherit", "inherit"] });
};

const origin = `${env["GITHUB_SERVER_URL"]}/${env["GITHUB_REPOSITORY"]}`;
git("init", "--quiet");
git("fetch", "--quiet", "--depth=1", "--no-tags", origin, env["GITHUB_SHA"] ?? "");
const mode = env["INPUT_SPARSE-CHECKOUT-CONE-MODE"] === "false" ? "--no-cone" : "--cone";
if (sparse.length > 0) git("sparse-checkout", "set", mode, ...sparse);
git("checkout", "--quiet", "--detach", "FETCH_HEAD");
