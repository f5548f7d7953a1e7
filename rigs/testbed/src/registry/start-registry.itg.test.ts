import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProgramFailure, runProgram } from "../machine/program.ts";
import { authKinds, isObject, testbed } from "../machine/testbed-file.ts";
import { renderDockerConfig } from "./registry-config.ts";
import { startRegistry } from "./start-registry.ts";

const bed = testbed();
if ("unavailable" in bed) console.warn(`registries of tests are not tested: ${bed.unavailable}`);

describe.skipIf("unavailable" in bed)("a registry of a test", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "start-registry-"));
    await writeFile(join(folder, "hello"), "hello\n");
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(authKinds)("keeps its data over a kill, and wants what it says: %s", async (auth) => {
    if ("unavailable" in bed) return expect.unreachable();
    await using registry = await startRegistry({ auth, storageDir: join(folder, auth) });
    const config = join(folder, `${auth}.json`);
    await writeFile(config, renderDockerConfig([registry]));
    const image = `${registry.host}/team/tool:v1`;
    const oras = (...args: string[]) => runProgram(bed.tools.oras, args, { cwd: folder });
    await oras("push", "--plain-http", "--registry-config", config, image, "hello");
    const refused = oras("push", "--plain-http", "--registry-config", "/dev/null", image, "hello");
    if (auth === "none") await refused;
    else await expect(refused).rejects.toThrow(ProgramFailure);

    await registry.kill();
    await expect(fetch(`http://${registry.host}/v2/`)).rejects.toThrow();
    await registry.restart();
    const manifest = await oras("manifest", "fetch", "--plain-http", "--registry-config", config, image);
    expect(manifest).toContain("hello");
    const asked = registry.tokenRequests;
    if (auth === "token")
      expect(asked.some(({ scopes }) => scopes[0]?.startsWith("repository:team/tool:pull"))).toBe(true);
    else expect(asked).toEqual([]);
  });

  test("gives tokens for a refresh token, and none for a wrong one", async () => {
    await using registry = await startRegistry({ auth: "token", storageDir: join(folder, "refresh") });
    const challenge = (await fetch(`http://${registry.host}/v2/`)).headers.get("www-authenticate");
    const realm = /realm="([^"]+)"/.exec(challenge ?? "")?.[1] ?? "";
    const ask = (form: Record<string, string>) => fetch(realm, { method: "POST", body: new URLSearchParams(form) });
    const { username = "", password = "" } = registry;
    const first = await ask({ grant_type: "password", access_type: "offline", username, password });
    const { refresh_token } = await readTokens(first);
    const second = await ask({ grant_type: "refresh_token", refresh_token, scope: "repository:a/b:pull,push" });
    const { access_token } = await readTokens(second);
    const headers = { authorization: `Bearer ${access_token}` };
    const upload = await fetch(`http://${registry.host}/v2/a/b/blobs/uploads/`, { method: "POST", headers });
    expect(upload.status).toBe(202);
    const elsewhere = await fetch(`http://${registry.host}/v2/a/c/blobs/uploads/`, { method: "POST", headers });
    expect(elsewhere.status).toBe(401);
    expect((await ask({ grant_type: "refresh_token", refresh_token: "wrong" })).status).toBe(401);
    expect(registry.tokenRequests.map(({ granted }) => granted)).toEqual([true, true, false]);
  });
});

async function readTokens(answer: Response): Promise<{ access_token: string; refresh_token: string }> {
  const body: unknown = await answer.json();
  expect(answer.status).toBe(200);
  const { access_token, refresh_token } = isObject(body) ? body : {};
  return { access_token: String(access_token), refresh_token: String(refresh_token) };
}
