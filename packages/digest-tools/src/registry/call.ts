import type { Readable } from "node:stream";
import type { Access } from "../auth/authenticator.ts";
import type { Request } from "../http/transport.ts";
import type { Repository } from "../oci/reference.ts";
import type { Refused } from "./refusal.ts";

/** A request to a registry, in the registry's own terms. */
export interface Call {
  readonly method: Request["method"];
  readonly repository: Repository;
  readonly use: Access["use"];
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes, or what opens a stream of them, anew for each attempt. */
  readonly body?: Uint8Array | (() => Promise<Readable>);
  readonly mountFrom?: Repository | undefined;
  /** Statuses that are an answer. All others are errors. */
  readonly expect: readonly number[];
  /** Leaves a successful answer's body unread. */
  readonly stream?: boolean;
  /** No retry; what may pass is thrown as Transient to the caller's own `retrying`. */
  readonly once?: boolean;
  /** Error codes of the registry that may pass, with how often to try again. */
  readonly passing?: Readonly<Record<string, number>>;
  /** A tag is to be set, and what is known of its repository: see `Refused`. */
  readonly tag?: Refused["tag"];
}
