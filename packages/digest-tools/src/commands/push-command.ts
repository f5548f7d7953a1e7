import { UsageError } from "@fanfold-internal/kit/process/command";
import type { Host } from "@fanfold-internal/kit/process/host";
import { pathFrom } from "@fanfold-internal/kit/read/text";
import { Command, Option } from "commander";
import { DigestToolsError } from "../base/error.ts";
import { readEventContext, readRunContext, versionOfEvent } from "../base/event-context.ts";
import { assertTargetName } from "../docker/bake-command.ts";
import { assertBuildArguments } from "../docker/buildx-command.ts";
import { dockerRunner } from "../docker/docker.ts";
import type { Platform } from "../oci/descriptor.ts";
import { formatPlatform, parsePlatforms } from "../oci/platform.ts";
import type { BuildRetry, BuildSource } from "../push/build.ts";
import { type PushInput, pushBuild, pushLayout } from "../push/push.ts";
import type { AnchorPolicy } from "../tags/anchor.ts";
import { parseTag, type Tag } from "../tags/tags.ts";
import {
  registryName,
  type StoreFlags,
  text,
  value,
  values,
  withImageFlag,
  withStoreFlags,
  withStores,
} from "./flags.ts";
import { PushProgress, retryLine, sayOn, tellPushed } from "./push-progress.ts";

interface PushFlags extends StoreFlags {
  readonly image: readonly string[];
  readonly platform: readonly Platform[];
  readonly tagSuffix: string;
  readonly platformTag?: string;
  readonly tag?: readonly Tag[];
  readonly recordDir: string;
  readonly layout?: string;
  readonly bake?: string;
  readonly target?: string;
  readonly allow: readonly string[];
  readonly label: readonly (readonly [key: string, value: string])[];
  readonly anchor: AnchorPolicy;
  readonly anchorHost: readonly string[];
  readonly allowRollback: boolean;
  readonly retries: number;
}

/** `push`: build or copy, verify, tag, record. */
export function pushCommand(host: Host): Command {
  const command = new Command("push")
    .description("Push an image by digest to every repository, and record it for the merge.")
    .argument("[build-arguments...]", "after --: the arguments of docker buildx build, including the context")
    .optionsGroup("Which image:")
    .requiredOption("--platform <platform>", "the platform that is built: linux/amd64", value(parsePlatforms))
    .requiredOption("--tag-suffix <suffix>", "the image, by its tag-suffix in the matrix; may be empty")
    .option("--platform-tag <tag>", "the leg: amd64; leave it out for a single")
    .option("--tag <tag>", "a tag for a single (repeatable)", values(parseTag))
    .optionsGroup("What it is made of:")
    .option("--layout <dir>", "push this OCI image layout instead of building", text)
    .option("--bake <file>", "build a target of this bake file", text)
    .option("--target <name>", "with --bake: the target; its own output and tags do not count", value(assertTargetName))
    .option(
      "--allow <entitlement>",
      "with --bake: what the build may do (repeatable), as bake takes it",
      values(text),
      [],
    )
    .option("--label <key=value>", "a label to add to the image (repeatable)", values(label), [])
    .optionsGroup("How it is published:")
    .requiredOption("--record-dir <dir>", "the directory to write the record to", text)
    .addOption(
      new Option("--anchor <when>", "tag a leg so that the registry keeps it until the merge")
        .choices(["auto", "always", "never"])
        .default("auto"),
    )
    .addOption(
      new Option("--anchor-host <host>", "a registry besides quay.io where auto sets anchors (repeatable)")
        .argParser(values(registryName))
        .default([], "none"),
    )
    .option("--retries <n>", "try a build again whose final error is a registry's or the network's", count, 0)
    .option("--allow-rollback", "set moving tags even to an older image", false);
  return withStoreFlags(withImageFlag(command)).action(async (buildArguments: readonly string[], flags: PushFlags) => {
    checkUsage(flags, buildArguments);
    const input = pushInput(flags, host);
    const progress = new PushProgress(host);
    const pushed = await withStores(host, flags, (stores) => {
      const options = {
        openStore: (name: string) => stores.open(name),
        docker: dockerRunner(host.env, host.debug, { say: sayOn(host, flags.retries) }),
        retries: flags.retries,
        onRetry: (retry: BuildRetry) => host.stderr(retryLine(retry, flags.retries)),
        onProgress: progress.onProgress,
      };
      return flags.layout === undefined
        ? pushBuild(input, buildSource(flags, buildArguments, host), options)
        : pushLayout(input, pathFrom(host, flags.layout), options);
    }).finally(() => progress.end());
    tellPushed(host, input, pushed);
  });
}

function buildSource({ bake, target, allow }: PushFlags, buildArguments: readonly string[], host: Host): BuildSource {
  return bake === undefined || target === undefined
    ? { kind: "arguments", buildArguments }
    : { kind: "bake", file: pathFrom(host, bake), target, allow };
}

function count(given: string): number {
  if (/^\d{1,2}$/.test(given)) return Number(given);
  throw new UsageError(`--retries must be a number from 0 to 99, found ${JSON.stringify(given)}`);
}

function label(given: string): readonly [string, string] {
  const [, key, text] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (key === undefined || text === undefined) {
    throw new DigestToolsError({
      code: "invalid-options",
      message: `expected key=value, found ${JSON.stringify(given)}`,
    });
  }
  return [key, text];
}

function checkUsage(flags: PushFlags, buildArguments: readonly string[]): void {
  const { layout, bake, target } = flags;
  if (layout !== undefined && (buildArguments.length > 0 || bake !== undefined || flags.label.length > 0)) {
    throw new UsageError(
      "--layout pushes an image that is built already: leave build arguments, --bake and --label out",
    );
  }
  if (bake !== undefined && buildArguments.length > 0) {
    throw new UsageError("--bake says what is built: leave the build arguments out");
  }
  if ((bake === undefined) !== (target === undefined)) throw new UsageError("--bake and --target belong together");
  if (bake === undefined && flags.allow.length > 0) {
    throw new UsageError("--allow is for --bake; docker buildx build takes its own after --");
  }
  if (layout === undefined && bake === undefined && buildArguments.length === 0) {
    throw new UsageError("pass what to build after --: digest-tools push … -- --file Dockerfile .");
  }
  if (flags.platformTag && flags.platform.length > 1) {
    throw new UsageError(
      `--platform-tag is for a leg, which has one platform, found ${flags.platform.map(formatPlatform).join(",")}: leave --platform-tag out if this is the whole image`,
    );
  }
  try {
    assertBuildArguments(buildArguments);
  } catch (error) {
    if (error instanceof DigestToolsError) throw new UsageError(error.message);
    throw error;
  }
}

function pushInput(flags: PushFlags, host: Host): PushInput {
  const event = readEventContext(host);
  return {
    repositories: [...new Set(flags.image)],
    platforms: flags.platform,
    tagSuffix: flags.tagSuffix,
    platformTag: flags.platformTag || undefined,
    tags: flags.tag ?? [],
    labels: Object.fromEntries(flags.label),
    recordDirectory: pathFrom(host, flags.recordDir),
    anchor: flags.anchor,
    anchorHosts: flags.anchorHost,
    source: { revision: event.sha, version: versionOfEvent(event) },
    run: readRunContext(host.env),
    allowRollback: flags.allowRollback,
  };
}
