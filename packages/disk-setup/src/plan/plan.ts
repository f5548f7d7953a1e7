import { formatBytes } from "../base/bytes.ts";
import { CATALOGUE, type CatalogueRow } from "../probe/catalogue.ts";
import { buildFilesystems, filesystemOf } from "../probe/filesystems.ts";
import { isOnDisk } from "../probe/mounts.ts";
import type { Filesystem, Probe } from "../probe/probe-data.ts";
import { findDeletable } from "./deletion.ts";
import { fullest, placeWith, type Room, roomAfter, roomOn, usable } from "./free-space.ts";
import type { Action, DeleteAction, Device, LeftOut, Plan, PlanOptions, PruneAction } from "./plan-data.ts";
import { ENGINE_ELSEWHERE, offerRelocation, type RelocationOffer } from "./relocation.ts";
import { decideScope } from "./scope.ts";
import { decideTmpdir } from "./tmpdir.ts";

/**
 * What to do on this machine so that `need` bytes are free where images are built: nothing when they are; then moving
 * the stores, which breaks nothing; then deleting, the densest first, until it is met.
 */
export function makePlan(probe: Probe, options: PlanOptions, catalogue: readonly CatalogueRow[] = CATALOGUE): Plan {
  const { need } = options;
  const scope = decideScope(probe, options.architectures);
  const builds = buildFilesystems(probe);
  const now = roomOn(builds);
  const before = placeWith(now, builds);
  const unchanged = {
    schema: "fanfold.disk-plan/1",
    need,
    scope,
    devices: devicesOf(probe, builds),
    tmpdir: probe.temporary.variable ?? "/tmp",
    dockerRoot: probe.docker.state === "running" ? probe.docker.dataRoot : null,
  } as const;
  if (scope.kind === "no-op") {
    const outcome = judge(need, now);
    return { ...unchanged, build: { before, after: before }, outcome, actions: [], reserve: [], leftOut: [] };
  }

  const offer = offerRelocation(probe, options);
  const stay = cleaning(probe, options, builds, catalogue);
  const move = offer.kind === "possible" && isBetter(offer, stay, need) ? offer : undefined;
  const leftOut: LeftOut[] = [];
  if (move === undefined) leftOut.push({ action: "relocate", ...refusalOf(offer, stay) });
  const places = move === undefined ? builds : [{ ...move.target, bytes: roomy(move) }];
  const chosen = move === undefined ? stay : cleaning(probe, options, places, catalogue);
  const cleaned = fullest(places);

  const freeAfter = (filesystem: Filesystem): number =>
    usable(filesystem.id === cleaned?.id ? chosen.expected : roomOn([filesystem]));
  const tmpdir = decideTmpdir(probe, need, freeAfter);
  if (tmpdir.kind === "stay") leftOut.push(tmpdir.leftOut);
  const actions: Action[] = [
    ...(move === undefined ? [] : [move.action]),
    ...(tmpdir.kind === "move" ? [tmpdir.action] : []),
    ...chosen.actions,
  ];
  return {
    ...unchanged,
    build: { before, after: placeWith(chosen.expected, places) },
    outcome: judge(need, chosen.expected),
    actions,
    reserve: chosen.reserve,
    leftOut: [...leftOut, ...chosen.leftOut],
    tmpdir: tmpdir.kind === "move" ? tmpdir.action.to : unchanged.tmpdir,
  };
}

interface Cleaning {
  readonly actions: readonly (DeleteAction | PruneAction)[];
  readonly reserve: readonly (DeleteAction | PruneAction)[];
  readonly leftOut: readonly LeftOut[];
  /** When the actions are done, and when all that can go is gone. */
  readonly expected: Room;
  readonly most: Room;
}

function cleaning(
  probe: Probe,
  { need, keep }: PlanOptions,
  builds: readonly Filesystem[],
  catalogue: readonly CatalogueRow[],
): Cleaning {
  const now = roomOn(builds);
  const found = findDeletable(probe, keep, fullest(builds), catalogue);
  const prune = pruneOf(probe, keep, now.size - now.bytes);
  const possible = [...found.actions, ...(prune.kind === "prune-images" ? [prune] : [])];
  const leftOut = [...found.leftOut, ...(prune.kind === "prune-images" ? [] : [prune.leftOut])];
  const most = possible.reduce(roomAfter, now);
  const actions: (DeleteAction | PruneAction)[] = [];
  const reserve: (DeleteAction | PruneAction)[] = [];
  let expected = now;
  for (const action of possible) {
    if (action.kind === "prune-images" && need !== null && usable(roomAfter(expected, action)) < need) {
      // It may be what an earlier step pulled on purpose, so it goes only where that makes the difference.
      const detail = `it would free ${formatBytes(action.gain)}, and that would not be enough either`;
      leftOut.push({ action: action.kind, reason: "not-enough", detail });
    } else if (need === null) {
      leftOut.push({
        action: nameOf(action),
        reason: "no-need",
        detail: "nothing is deleted unless --need says how much is needed",
      });
    } else if (usable(expected) < need) {
      actions.push(action);
      expected = roomAfter(expected, action);
    } else if (actions.length > 0) {
      // An estimate by now, so this is what the script falls back on.
      reserve.push(action);
    } else {
      leftOut.push({ action: nameOf(action), reason: "need-met", detail: "the need is met without it" });
    }
  }
  return { actions, reserve, leftOut, expected, most };
}

type Pruning = PruneAction | { readonly kind: "none"; readonly leftOut: LeftOut };

function pruneOf({ docker }: Probe, keep: readonly string[], used: number): Pruning {
  const none = (reason: LeftOut["reason"], detail: string): Pruning => ({
    kind: "none",
    leftOut: { action: "prune-images", reason, detail },
  });
  if (keep.includes("images")) return none("kept", "--keep names it");
  if (docker.state !== "running") return none("no-docker", "no Docker answers on this machine");
  if (docker.endpoint === "elsewhere") return none("engine-elsewhere", ENGINE_ELSEWHERE);
  if (docker.reclaimable === 0) return none("no-images", "Docker holds no image that nothing uses");
  const gain = Math.min(docker.reclaimable, used);
  return { kind: "prune-images", gain, seconds: 1 + Math.round(docker.reclaimable / 2e9) };
}

/** Moving wins when it is enough; otherwise when cleaning is not enough either and gives less. */
function isBetter(offer: RelocationOffer & { kind: "possible" }, stay: Cleaning, need: number | null): boolean {
  if (need === null || offer.free >= need) return true;
  return usable(stay.most) < need && offer.free > usable(stay.most);
}

function refusalOf(offer: RelocationOffer, stay: Cleaning): Pick<LeftOut, "reason" | "detail"> {
  if (offer.kind === "impossible") return { reason: offer.reason, detail: offer.detail };
  return {
    reason: "cleaning-gives-more",
    detail: `${offer.target.mount} would have ${formatBytes(offer.free)} free; deleting gives ${formatBytes(usable(stay.most))} where the stores are`,
  };
}

const nameOf = (action: DeleteAction | PruneAction): string =>
  action.kind === "delete" ? `delete:${action.row}` : action.kind;

const roomy = (move: RelocationOffer & { kind: "possible" }): Filesystem["bytes"] => ({
  size: move.target.bytes.size,
  free: move.free,
});

function judge(need: number | null, room: Room): Plan["outcome"] {
  if (need === null) return "not-asked";
  return usable(room) >= need ? "met" : "short";
}

/** Disks, and what TMPDIR and the builds lie on. Memory and overlays otherwise are of no use to anyone's build. */
function devicesOf(probe: Probe, builds: readonly Filesystem[]): Device[] {
  const places = [...builds, filesystemOf(probe, probe.temporary.path)];
  return probe.filesystems
    .filter((filesystem) => isOnDisk(filesystem.type) || places.includes(filesystem))
    .map(({ id, mount, bytes, inodes }) => ({ filesystem: id, mount, bytes, inodes }));
}
