import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import { repositoryName } from "../../config/images.ts";
import { BUILT_LIST } from "../../config/lists.ts";

/** Registries that images are pushed to by nobody. An action of the repository may log in to any. */
export function checkLogins({ config, matrix, identity }: Family): readonly Diagnostic<GenerateCode>[] {
  const { workflow = {}, images = [] } = config.config;
  if (workflow.login !== undefined) return [];
  const entries = matrix.lists.find(({ name }) => name === BUILT_LIST)?.entries ?? [];
  const known = new Set((workflow.registries ?? []).map(({ host }) => registryOf(`${host}/x`)));
  const hosts = new Set(entries.flatMap(identity.repositoriesOf).map(registryOf));
  return [...hosts].flatMap((host): readonly Diagnostic<GenerateCode>[] => {
    if (host === undefined || known.has(host)) return [];
    // One that a key fills in stands nowhere.
    const index = images.findIndex((image) => registryOf(image.replaceAll(/[{}]/g, "")) === host);
    return [
      {
        code: "registry-without-login",
        severity: "warning",
        message: `there is no login for ${host}, which images are pushed to`,
        at: config.place(index === -1 ? ["images"] : ["images", index]),
        fix: `add { host: ${host}, username: …, password: … } to workflow.registries, with the names of two secrets`,
      },
    ];
  });
}

/** `docker.io` for `user/image`; undefined: not a name, which is said elsewhere. */
function registryOf(repository: string): string | undefined {
  return repositoryName(repository.toLowerCase())?.split("/")[0];
}
