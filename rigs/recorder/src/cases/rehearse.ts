import type { Bed } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";
import { openRegistry } from "../bed/registry-bed.ts";
import { small, withDarwin } from "../bed/sample-families.ts";
import { SampleRepository } from "../bed/sample-repository.ts";

const engine = ["--engine", "layout"];

async function changed(bed: Bed, files: Readonly<Record<string, string>>): Promise<SampleRepository> {
  const repository = await SampleRepository.create(bed, files);
  await repository.commit("change", { "backend/python/whisper/run.py": "2\n", "backend/go/piper/a.go": "2\n" });
  return repository;
}

/** `fanfold rehearse` with layouts: what is planned, built, merged and said, without docker. */
export function rehearseCases(): readonly Case[] {
  const varying = ["durations", "order"] as const;
  const rehearsals: Readonly<Record<string, readonly (readonly string[])[]>> = {
    push: [[], ["--json"], ["--only", "whisper"]],
    tag: [
      ["--event", "tag"],
      ["--event", "tag", "--json"],
    ],
    "pull-request": [["--event", "pull_request", "--base", "HEAD~1"]],
    "failing-leg": [
      ["--fail", "digests-cpu-whisper--arm64"],
      ["--fail", "nothing"],
      ["--fail", "digests-cpu-whisper--arm64", "--json"],
    ],
    store: [
      ["--store", "oci:kept", "--keep"],
      ["--store", "oci:kept"],
      ["--store", "kept"],
    ],
    usage: [
      ["--event", "merge"],
      ["--base", "nowhere"],
      ["--only", "nobody"],
      ["--registry", "x y"],
    ],
  };
  const local = Object.entries(rehearsals).map(([name, steps]) => ({
    name: `rehearse/${name}`,
    run: async (bed: Bed) => {
      await changed(bed, name === "tag" ? withDarwin : small);
      for (const args of steps) await bed.run("fanfold", ["rehearse", ...engine, ...args], { varying });
    },
  }));
  const registry: Case = {
    name: "rehearse/registry",
    run: async (bed) => {
      const { host } = await openRegistry(bed);
      await changed(bed, small);
      await bed.run("fanfold", ["rehearse", ...engine, "--registry", `${host}/x/y`], { varying });
    },
  };
  return [...local, registry];
}
