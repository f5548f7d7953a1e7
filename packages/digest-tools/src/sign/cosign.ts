import type { DebugLog } from "@fanfold-internal/kit/process/debug-log";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { type ProgramEnd, programRunner, type RunProgram } from "@fanfold-internal/kit/process/program";
import { Secrets } from "@fanfold-internal/kit/text/secrets";
import { DigestToolsError } from "../base/error.ts";
import { parseReference } from "../oci/reference.ts";
import { cosignError, type SignatureState, signatureState } from "./cosign-answer.ts";
import { type CosignCommand, signCommand, verifyCommand } from "./cosign-command.ts";
import type { SigningPolicy, TrustPolicy } from "./policy.ts";

export interface CosignOptions {
  readonly env: Environment;
  readonly debug?: DebugLog | undefined;
  /** Registries without TLS, as in images' names. Loopback needs no mention. */
  readonly plainHttp?: readonly string[];
  /** For tests; the real program when left out. */
  readonly run?: RunProgram;
}

/** Cosign gives up on a registry after three minutes by itself. */
const LIMIT_MS = 240_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Cosign as a program. */
export class Cosign {
  readonly #options: CosignOptions;
  readonly #run: RunProgram;
  readonly #secrets = new Secrets();

  constructor(options: CosignOptions) {
    const { env } = options;
    this.#options = options;
    this.#run = options.run ?? programRunner(options.debug);
    this.#secrets.addEnvironment(env);
    this.#secrets.add(env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"], env["COSIGN_PASSWORD"]);
  }

  /**
   * Whether all of these, `repository@digest` of one registry, carry a signature that counts. That not all do says nothing of
   * any one.
   * @throws DigestToolsError `io` when cosign cannot be started
   */
  async verify(policy: TrustPolicy, references: readonly string[]): Promise<SignatureState> {
    return signatureState(await this.#start(verifyCommand(policy, this.#ground(references))));
  }

  /** What cosign failed with; undefined: it has signed. @throws DigestToolsError `io` when cosign cannot be started */
  async sign(policy: SigningPolicy, reference: string): Promise<string | undefined> {
    if (policy.kind === "key") this.#secrets.add(this.#options.env[policy.variable]);
    const { exitCode, stderr } = await this.#start(signCommand(policy, this.#ground([reference])));
    return exitCode === 0 ? undefined : (cosignError(stderr) ?? `exit code ${exitCode}`);
  }

  #ground(references: readonly string[]) {
    const { env, plainHttp = [] } = this.#options;
    const [first = ""] = references;
    return { env, references, plainHttp: plainHttp.includes(parseReference(first).registry) };
  }

  async #start({ args, env }: CosignCommand): Promise<{ readonly exitCode: number; readonly stderr: string }> {
    const end = await this.#run({
      command: "cosign",
      args,
      env,
      timeoutMs: LIMIT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
    const { exitCode, stderr } = answerOf(end);
    return { exitCode, stderr: this.#secrets.hide(stderr) };
  }
}

function answerOf(end: ProgramEnd): { readonly exitCode: number; readonly stderr: string } {
  switch (end.kind) {
    case "ended":
      return { exitCode: end.exitCode, stderr: end.stderr };
    case "killed":
      return { exitCode: 1, stderr: `Error: cosign was ended by ${end.signal}` };
    case "timed-out":
      return { exitCode: 1, stderr: `Error: cosign was stopped after ${LIMIT_MS / 1000} seconds` };
    case "too-much-output":
      return { exitCode: 1, stderr: `Error: cosign was stopped after ${end.maxBytes} bytes of output` };
    case "missing":
      throw new DigestToolsError({
        code: "io",
        message: `cosign cannot be started: ${end.reason}`,
        fix: "install cosign 3 (https://docs.sigstore.dev/cosign/system_config/installation/); generated workflows do so where the config has sign",
      });
  }
}
