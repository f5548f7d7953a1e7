import type { Place } from "@fanfold-internal/kit/process/diagnostic";
import { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import { DigestToolsError, type DigestToolsErrorCode } from "../base/error.ts";
import type { Descriptor, Platform } from "./descriptor.ts";
import { isDigest } from "./digest.ts";

export interface DocumentSource {
  /** The file or address, for messages. */
  readonly at: Place;
  /** What a wrong shape is reported as. */
  readonly code: DigestToolsErrorCode;
  readonly fix: string;
}

/** JSON from outside, to be read value by value. @throws DigestToolsError with the source's code, or a value's own */
export function readDocument(text: string, { at, code, fix }: DocumentSource): JsonReader {
  return JsonReader.parse(text, {
    at,
    fix,
    error: (fault) =>
      new DigestToolsError({ ...fault, code: fault.cause instanceof DigestToolsError ? fault.cause.code : code }),
  });
}

/** Longer names of media types, platforms and annotations have no meaning to anybody. */
const MAX_NAME = 256;

/** As in the OCI image specification, descriptor.md. @throws what the reader's source says */
export function readDescriptor(json: JsonReader): Descriptor {
  const digest = json.at("digest");
  if (!isDigest(digest.value)) throw digest.expected('"sha256:" and 64 hexadecimal digits');
  const platform = json.at("platform");
  const artifactType = json.at("artifactType").optionalText(MAX_NAME);
  const annotations = json.at("annotations");
  return {
    mediaType: json.at("mediaType").text(MAX_NAME),
    digest: digest.value,
    size: json.at("size").count(),
    ...(platform.present ? { platform: readPlatform(platform) } : {}),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations.present ? { annotations: annotations.texts() } : {}),
  };
}

/** A platform of an index, or of an image's configuration, as it is written there. */
export function readPlatform(json: JsonReader): Platform {
  const variant = json.at("variant").optionalText(MAX_NAME) || undefined;
  const version = json.at("os.version").optionalText(MAX_NAME) || undefined;
  const features = json.at("os.features");
  return {
    os: json.at("os").text(MAX_NAME),
    architecture: json.at("architecture").text(MAX_NAME),
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { "os.version": version }),
    ...(features.present ? { "os.features": features.items(MAX_NAME).map((item) => item.text(MAX_NAME)) } : {}),
  };
}
