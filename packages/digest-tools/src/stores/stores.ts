import { LayoutStore } from "../layout/store.ts";
import { layoutPath } from "../oci/image-name.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Store } from "../oci/store.ts";
import { RegistryClient, type RegistryOptions } from "../registry/client.ts";
import { RegistryStore } from "../registry/store.ts";

/** The stores of one process: what they share (connections, tokens, each host's rate limit) is in here. */
export class Stores {
  readonly #client: RegistryClient;
  readonly #open = new Map<string, Store>();

  constructor(options: RegistryOptions = {}) {
    this.#client = new RegistryClient(options);
  }

  /**
   * The store of that name: `oci:DIR` is an OCI image layout on disk, all else a registry's repository
   * (`quay.io/example/backends`; no registry: Docker Hub). Nothing is read yet. The same name gives the same store.
   *
   * @throws DigestToolsError `invalid-reference`
   */
  open(name: string): Store {
    let store = this.#open.get(name);
    if (store === undefined) {
      store = name.startsWith("oci:")
        ? new LayoutStore(layoutPath(name))
        : new RegistryStore(name, parseRepository(name), this.#client);
      this.#open.set(name, store);
    }
    return store;
  }

  /** Ends the connections that are kept open. A process may also just exit. */
  close(): Promise<void> {
    return this.#client.close();
  }
}
