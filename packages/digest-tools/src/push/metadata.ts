import { readFile } from "node:fs/promises";
import { DigestToolsError } from "../base/error.ts";
import type { Digest } from "../oci/descriptor.ts";
import { isDigest } from "../oci/digest.ts";
import { JsonReader } from "../oci/json-reader.ts";

const FIX = "the build is to end in an image: leave out --print, --check and --call";

/** The digest that a build has pushed, from the metadata file that docker wrote. @throws DigestToolsError `build-failed` */
export async function readBuiltDigest(file: string): Promise<Digest> {
  const source = { name: "docker's metadata file", code: "build-failed", fix: FIX } as const;
  const digest = JsonReader.parse(await readMetadata(file), source).at("containerimage.digest");
  const text = digest.text();
  if (!isDigest(text)) throw digest.expected("the digest of the image");
  return text;
}

async function readMetadata(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new DigestToolsError({
      code: "build-failed",
      message: "docker buildx build wrote no metadata file",
      fix: FIX,
      cause,
    });
  }
}
