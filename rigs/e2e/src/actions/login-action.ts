import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";

// Stands in for docker/login-action. A job of GitHub's has a machine of its own: here it gets a Docker configuration of
// its own, so that no job finds what another one has logged in to.
const env = process.env;
const [registry = "", username = "", password = ""] = ["REGISTRY", "USERNAME", "PASSWORD"].map(
  (input) => env[`INPUT_${input}`],
);
if (username === "" || password === "") throw new Error("Username and password required");
const config = join(env["RUNNER_TEMP"] ?? "", "docker");
cpSync(env["STAND_IN_DOCKER_CONFIG"] ?? "", config, { recursive: true, force: false });
appendFileSync(env["GITHUB_ENV"] ?? "", `DOCKER_CONFIG=${config}\n`);
const { status } = spawnSync("docker", ["login", "--username", username, "--password-stdin", registry], {
  env: { ...env, DOCKER_CONFIG: config },
  input: password,
  stdio: ["pipe", "inherit", "inherit"],
});
process.exitCode = status ?? 1;
