import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../machine/program.ts";
import type { Testbed } from "../machine/testbed-file.ts";

// The name that BuildKit looks for on Docker Hub where nobody names a scanner
// (https://github.com/moby/buildkit/blob/master/docs/attestations/sbom.md).
const NAME = "docker/buildkit-syft-scanner:stable-1";

/**
 * Puts a scanner that finds nothing where the engine looks for BuildKit's own, so that images have an SBOM as they do
 * elsewhere: here is no network to fetch the real one over. `mirror`: the registry that stands in for Docker Hub.
 * @throws ProgramFailure
 */
export async function pushScanner({ docker, tools }: Testbed, mirror: string): Promise<void> {
  if (docker === null) return;
  const context = await mkdtemp(join(tmpdir(), "fanfold-scanner-"));
  try {
    await copyFile(process.arch === "arm64" ? tools.busyboxArm64 : tools.busyboxAmd64, join(context, "busybox"));
    const statement = {
      _type: "https://in-toto.io/Statement/v0.1",
      predicateType: "https://spdx.dev/Document",
      predicate: { spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT", name: "the test bed's scanner" },
    };
    await writeFile(join(context, "statement.json"), JSON.stringify(statement));
    // https://github.com/moby/buildkit/blob/master/docs/attestations/sbom-protocol.md
    const script = '/busybox cp /statement.json "$BUILDKIT_SCAN_DESTINATION/found.spdx.json"';
    const dockerfile = `FROM scratch\nCOPY busybox statement.json /\nENTRYPOINT ["/busybox", "sh", "-c", ${JSON.stringify(script)}]\n`;
    await writeFile(join(context, "Dockerfile"), dockerfile);
    const env = {
      ...process.env,
      DOCKER_CONFIG: docker.config,
      DOCKER_HOST: docker.host,
      BUILDX_BUILDER: docker.builder,
    };
    const args = ["buildx", "build", "--provenance=false", "--push", "--tag", `${mirror}/${NAME}`, context];
    await runProgram(tools.docker, args, { env });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
