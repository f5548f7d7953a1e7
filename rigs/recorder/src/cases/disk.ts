import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bed } from "../bed/bed.ts";
import type { Case, Sources } from "../bed/case.ts";

/** Flags of `plan` and `script` beside a machine's own. */
const flags: Readonly<Record<string, readonly string[]>> = {
  none: [],
  need: ["--need", "60GB"],
  "need-in-gib": ["--need", "20GiB"],
  "need-too-much": ["--need", "900TB"],
  keep: ["--need", "60GB", "--keep", "dotnet,android,images"],
  "data-root": ["--need", "60GB", "--method", "data-root"],
  "any-arch": ["--need", "60GB", "--any-arch"],
};
const wrong: Readonly<Record<string, readonly string[]>> = {
  "need-60G": ["--need", "60G"],
  "need-negative": ["--need", "-1"],
  "keep-unknown": ["--keep", "dotnett"],
  "method-unknown": ["--method", "copy"],
  "flag-unknown": ["--nede", "1"],
};

/** `disk-setup` where nothing is done: plans for described machines, wrong descriptions, and machines of one's own. */
export function diskCases({ inputs, skip }: Sources): readonly Case[] {
  const probes = ["dual-disk", "26.04"].filter((name) => {
    const there = existsSync(probeFile(inputs, name));
    if (!there) skip(`disk-setup with flags, ${name}`, `there is no ${probeFile(inputs, name)}`);
    return there;
  });
  const planned = probes.flatMap((probe) =>
    Object.entries(flags).map(([name, args]) => ({
      name: `disk/${probe}-${name}`,
      run: async (bed: Bed) => {
        await bed.write({ "probe.json": readFileSync(probeFile(inputs, probe), "utf8") });
        await bed.run("disk-setup", ["plan", "--probe", "probe.json", ...args]);
        await bed.run("disk-setup", ["plan", "--probe", "probe.json", "--json", ...args]);
        await bed.run("disk-setup", ["script", "--probe", "probe.json", ...args]);
      },
    })),
  );
  const refused = probes.slice(0, 1).map((probe) => ({
    name: "disk/usage",
    run: async (bed: Bed) => {
      await bed.write({ "probe.json": readFileSync(probeFile(inputs, probe), "utf8") });
      for (const args of Object.values(wrong)) await bed.run("disk-setup", ["plan", "--probe", "probe.json", ...args]);
      for (const args of [
        [],
        ["--help"],
        ["run", "--help"],
        ["plann"],
        ["script", "--json", "--probe", "probe.json"],
      ]) {
        await bed.run("disk-setup", args);
      }
    },
  }));
  const broken: readonly Case[] = probes.slice(0, 1).map((probe) => ({
    name: "disk/wrong-probes",
    run: (bed) => wrongProbes(bed, readFileSync(probeFile(inputs, probe), "utf8")),
  }));
  return [...planned, ...refused, ...broken, noOp()];
}

function probeFile(inputs: string, name: string): string {
  return join(inputs, "packages", "disk-setup", "testdata", "ok", name, "probe.json");
}

async function wrongProbes(bed: Bed, text: string): Promise<void> {
  const texts = {
    empty: "",
    "not-json": "{",
    list: "[]",
    "other-schema": text.replace("fanfold.disk-probe/1", "fanfold.disk-probe/9"),
    "no-mounts": text.replace('"mounts"', '"mountz"'),
    "wrong-type": text.replace(/"size": ?\d+/, '"size": "big"'),
    "no-docker": text.replace('"docker"', '"podman"'),
    "hostile-path": text.replaceAll("/mnt", "/mnt$(x)`y`'z'\\n"),
  };
  await bed.write(texts);
  for (const name of [...Object.keys(texts), "nowhere"]) {
    await bed.run("disk-setup", ["plan", "--probe", name, "--need", "60GB"]);
    await bed.run("disk-setup", ["script", "--probe", name, "--need", "60GB"], { env: { GITHUB_ACTIONS: "true" } });
  }
  await bed.run("disk-setup", ["plan", "--probe", "-"], { stdin: "" });
}

/** Not on a hosted runner: nothing is looked at but free space, and nothing is touched. */
function noOp(): Case {
  return {
    name: "disk/not-on-a-hosted-runner",
    run: async (bed) => {
      const varying = ["free-space", "durations"] as const;
      const owners = [
        {},
        { RUNNER_ENVIRONMENT: "self-hosted" },
        { RUNNER_ENVIRONMENT: "self-hosted", GITHUB_ACTIONS: "true" },
      ];
      for (const owner of owners) {
        const env = { ...owner, GITHUB_WORKSPACE: bed.path() };
        await bed.run("disk-setup", ["run"], { env, varying });
        await bed.run("disk-setup", ["run", "--need", "1kB"], { env, varying });
        await bed.run("disk-setup", ["run", "--need", "900TB", "--json"], { env, varying });
      }
    },
  };
}
