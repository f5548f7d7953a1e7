import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { Command } from "commander";
import { LayoutStore } from "../layout/store.ts";
import { type ImageName, layoutPath, parseImageName } from "../oci/image-name.ts";
import { readImageTree } from "../oci/image-tree.ts";
import type { ManifestReference } from "../oci/store.ts";
import { layoutRoot } from "../stores/copy.ts";
import { type StoreFlags, value, withStoreFlags, withStores } from "./flags.ts";
import { renderTree } from "./render-tree.ts";

/** `inspect`: one image as a tree. */
export function inspectCommand(host: Host): Command {
  const command = new Command("inspect")
    .description("Show an image as a tree: platforms, attestations, sizes, annotations.")
    .argument("<image>", "quay.io/example/backends:v1, …@sha256:…, oci:DIR or oci:DIR:v1", value(parseImageName))
    .optionsGroup("Output:")
    .option("--json", "print one JSON document and nothing else on standard output", false);
  return withStoreFlags(command).action(async (image: ImageName, flags: StoreFlags & { readonly json: boolean }) => {
    const tree = await withStores(host, flags, async (stores) => {
      const store = stores.open(image.store);
      return readImageTree(store, image.reference ?? (await onlyImage(image.store)));
    });
    host.stdout(flags.json ? jsonText({ schema: "fanfold.image/1", ...tree }) : renderTree(tree));
  });
}

async function onlyImage(store: string): Promise<ManifestReference> {
  const choose = `name one: ${store}:TAG, or ${store}@sha256:…`;
  return (await layoutRoot(new LayoutStore(layoutPath(store)), {}, choose)).digest;
}
