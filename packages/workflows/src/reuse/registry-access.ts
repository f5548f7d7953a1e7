import type { Host } from "@fanfold-internal/kit/process/host";
import type { ReuseAccess } from "./family-reuse.ts";

/** A plan that waits for a registry holds up everything: then it does without. */
const WITHIN_MS = 20_000;
/** Of one that answers nothing at all. */
const SILENCE_MS = 8_000;

/** Registries, asked with the logins that docker has, for as long as that is worth it. */
export function registryAccess(host: Pick<Host, "env" | "debug">, asked?: "published" | "off"): ReuseAccess {
  return {
    asked,
    signatures: async (references, policy) => {
      const { signaturesOf } = await import("@fanfold/digest-tools/asking");
      return signaturesOf(references, policy, { env: host.env, debug: host.debug });
    },
    withStores: async (ask) => {
      // Loaded only here: most plans ask no registry.
      const { HurriedStores } = await import("@fanfold/digest-tools/asking");
      const stores = new HurriedStores({
        env: host.env,
        debug: host.debug,
        withinMs: WITHIN_MS,
        silenceMs: SILENCE_MS,
      });
      try {
        return await ask((name) => stores.open(name));
      } finally {
        await stores.close();
      }
    },
  };
}
