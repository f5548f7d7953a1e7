import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRepository } from "../oci/reference.ts";
import { refusal } from "../testing/refusal.ts";
import { type CredentialSource, dockerCredentials } from "./credentials.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fanfold-credentials-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });

describe("dockerCredentials", () => {
  it("are looked for in DOCKER_CONFIG, else in .docker at home", async () => {
    await config("here", { auths: { "quay.io": auth("a:here") } });
    await config(".docker", { auths: { "quay.io": auth("a:home") } });
    expect(await find(source({ DOCKER_CONFIG: join(home, "here") }), "quay.io/x")).toMatchObject({ password: "here" });
    expect(await find(source({}), "quay.io/x")).toMatchObject({
      password: "home",
      origin: join(home, ".docker/config.json"),
    });
    expect(await find(source({ DOCKER_CONFIG: join(home, "none") }), "quay.io/x")).toEqual({
      kind: "anonymous",
      origin: join(home, "none/config.json"),
    });
  });

  it.each([
    ["quay.io/x", "quay"],
    ["busybox", "hub"],
    ["docker.io/user/x", "hub"],
    ["localhost:5000/x", "with-port"],
  ])("of %s are those of its host, exactly", async (name, password) => {
    await config(".docker", {
      auths: {
        "quay.io": auth("a:quay"),
        "https://index.docker.io/v1/": auth("a:hub"),
        "localhost:5000": auth("a:with-port"),
      },
    });
    expect(await find(source({}), name)).toMatchObject({ password });
  });

  it.each([
    "quay.io.evil.example/x",
    "evil-quay.io/x",
    "sub.quay.io/x",
    "quay.io:8443/x",
    "localhost/x",
    "localhost:50001/x",
  ])("of another host are not given to %s", async (name) => {
    await config(".docker", {
      auths: {
        "quay.io": auth("a:quay"),
        "localhost:5000": auth("a:local"),
        "https://localhost:5000/v1/": auth("a:b"),
      },
    });
    expect((await find(source({}), name)).kind).toBe("anonymous");
  });

  it("come from the host's helper, then from the common one, then from the file", async () => {
    const path = await helpers({
      one: '{"Username":"u","Secret":"from-one"}',
      two: '{"ServerURL":"x","Username":"<token>","Secret":"from-two"}',
    });
    await config(".docker", {
      credHelpers: { "one.example": "one", "file.example": "" },
      credsStore: "two",
      auths: { "one.example": auth("a:file"), "file.example": auth("a:file"), "two.example": {} },
    });
    const find_ = source({ PATH: path });
    expect(await find(find_, "one.example/x")).toEqual({
      kind: "password",
      username: "u",
      password: "from-one",
      origin: "docker-credential-one",
    });
    expect(await find(find_, "two.example/x")).toMatchObject({ kind: "identity-token", token: "from-two" });
    expect(await find(find_, "file.example/x")).toMatchObject({ password: "file" });
    await find(find_, "one.example/another");
    await find(find_, "busybox");
    expect((await readFile(join(home, "asked"), "utf8")).split("\n")).toEqual([
      "one get one.example",
      "two get two.example",
      "two get https://index.docker.io/v1/",
      "",
    ]);
  });

  it("that the helper does not have are looked for in the file", async () => {
    const path = await helpers(
      { none: "credentials not found in native keychain", empty: '{"Username":"","Secret":""}' },
      1,
    );
    await config(".docker", { credsStore: "none", auths: { "quay.io": auth("a:file") } });
    expect(await find(source({ PATH: path }), "quay.io/x")).toMatchObject({ password: "file" });
    expect((await find(source({ PATH: path }), "other.example/x")).kind).toBe("anonymous");
  });

  it.each([
    ["canary-not-json", 0, "its answer is not JSON"],
    ['{"Secret":"canary"}', 0, "its answer lacks Username or Secret"],
    ['["canary"]', 0, "its answer is not a JSON object"],
    ["canary: vault is locked", 3, "exit code 3"],
  ])("whose helper writes %s fail without a word of it", async (output, code, text) => {
    const path = await helpers({ broken: output }, code);
    await config(".docker", { credsStore: "broken" });
    const error = await refusal(find(source({ PATH: path }), "quay.io/x"));
    expect(error.code).toBe("credential-helper");
    expect(error.message).toContain(`docker-credential-broken did not give the credentials for quay.io: ${text}`);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("canary");
  });

  it("whose helper writes without an end fail after a mebibyte, soon", async () => {
    const path = await helpers({ endless: "" });
    const file = join(home, "bin", "docker-credential-endless");
    await writeFile(file, "#!/bin/sh\nexec yes canary\n");
    await config(".docker", { credsStore: "endless" });
    const error = await refusal(find(source({ PATH: path }), "quay.io/x"));
    expect(error.message).toMatch(
      /^docker-credential-endless did not give the credentials for quay\.io: expected at most 1 MiB, and it wrote more; try/,
    );
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("canary");
  });

  it("whose helper is missing, or is no name, say so", async () => {
    await config(".docker", { credsStore: "missing" });
    expect((await refusal(find(source({ PATH: home }), "quay.io/x"))).message).toContain("not installed");
    await config(".docker", { credsStore: "../../bin/evil" });
    expect((await refusal(find(source({}), "quay.io/x"))).message).toContain("is not that of a program");
  });

  it("that buildx keeps for a part of a registry come first, the nearest of them", async () => {
    await config(".docker", { auths: { "quay.io": auth("a:common") } });
    const scoped = {
      "buildx/config/quay.io/a/b@push": "push",
      "buildx/config/quay.io/a/b": "repository",
      "buildx/config/quay.io/a": "namespace",
    };
    for (const [directory, password] of Object.entries(scoped)) {
      await config(join(".docker", directory), { auths: { "quay.io": auth(`a:${password}`) } });
    }
    await config(".docker/buildx/config/registry-1.docker.io@push", {
      auths: { "https://index.docker.io/v1/": auth("a:hub-push") },
    });
    const credentials = source({});
    expect(await find(credentials, "quay.io/a/b", "push")).toMatchObject({ password: "push" });
    expect(await find(credentials, "quay.io/a/b", "pull")).toMatchObject({ password: "repository" });
    expect(await find(credentials, "quay.io/a/c", "push")).toMatchObject({ password: "namespace" });
    expect(await find(credentials, "quay.io/c", "push")).toMatchObject({ password: "common" });
    expect(await find(credentials, "busybox", "push")).toMatchObject({ password: "hub-push" });
    expect((await find(credentials, "busybox", "pull")).kind).toBe("anonymous");
  });

  it("that cannot be read are an error, not none", async () => {
    await mkdir(join(home, ".docker/config.json"), { recursive: true });
    expect((await refusal(find(source({}), "quay.io/x"))).message).toContain("cannot be read");
  });
});

function source(env: Record<string, string>): CredentialSource {
  return dockerCredentials({ HOME: home, ...env });
}

function find(credentials: CredentialSource, name: string, use: "pull" | "push" = "pull") {
  return credentials(parseRepository(name), use);
}

async function config(directory: string, content: unknown): Promise<void> {
  const file = join(home, directory, "config.json");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(content));
}

/** Real programs that note what they are asked. */
async function helpers(outputs: Record<string, string>, code = 0): Promise<string> {
  const bin = join(home, "bin");
  await mkdir(bin);
  for (const [name, output] of Object.entries(outputs)) {
    const file = join(bin, `docker-credential-${name}`);
    await writeFile(join(bin, name), output);
    await writeFile(
      file,
      `#!/bin/sh\necho "${name} $1 $(cat)" >> '${join(home, "asked")}'\ncat '${join(bin, name)}'\nexit ${code}\n`,
    );
    await chmod(file, 0o755);
  }
  return [bin, process.env["PATH"]].join(delimiter);
}
