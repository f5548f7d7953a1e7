import type { Bed } from "./bed.ts";

/** One thing that is recorded: a few commands in a scratch directory of their own. */
export interface Case {
  /** `group/what-happens`; its folder in the recording. */
  readonly name: string;
  readonly run: (bed: Bed) => Promise<void>;
}

/** Where the inputs of cases come from that are not written here. */
export interface Sources {
  /** A checkout whose `testdata` and `examples` are inputs. */
  readonly inputs: string;
  /** A folder with `backend-matrix.*.yml` of real projects; undefined where there is none. */
  readonly data: string | undefined;
  /** Tells of cases that are left out, and why. */
  readonly skip: (what: string, why: string) => void;
}
