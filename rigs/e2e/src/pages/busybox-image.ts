import { execFile } from "node:child_process";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Testbed, TestbedEngine } from "@fanfold-rigs/testbed";

/** The image that pages begin with. */
const NAME = "library/busybox:1.37";

/**
 * Puts it where the test bed's engine looks for Docker Hub's; the machine's own engine asks Docker Hub. Both architectures,
 * and nothing of them has to run for it.
 */
export async function pushBusybox(
  { tools, registries }: Testbed,
  engine: TestbedEngine,
  scratch: string,
): Promise<void> {
  const context = join(scratch, "busybox");
  await mkdir(context);
  await copyFile(tools.busyboxAmd64, join(context, "busybox-amd64"));
  await copyFile(tools.busyboxArm64, join(context, "busybox-arm64"));
  const dockerfile = [
    "FROM scratch",
    "ARG TARGETARCH",
    "COPY busybox-$TARGETARCH /bin/busybox",
    'CMD ["/bin/busybox"]',
  ];
  await writeFile(join(context, "Dockerfile"), `${dockerfile.join("\n")}\n`);
  const name = `${registries[0]?.host}/${NAME}`;
  const platforms = "linux/amd64,linux/arm64";
  await promisify(execFile)(
    tools.docker,
    ["buildx", "build", "--push", "--platform", platforms, "--tag", name, context],
    {
      env: { DOCKER_HOST: engine.host, DOCKER_CONFIG: engine.config, BUILDX_BUILDER: engine.builder },
    },
  );
  await rm(context, { recursive: true });
}
