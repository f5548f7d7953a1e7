import { formatBytes } from "@fanfold-internal/kit/text/bytes";
import { CATALOGUE, type CatalogueRow } from "../probe/catalogue.ts";
import { buildPaths, filesystemOf, sharedRoom } from "../probe/filesystems.ts";
import { isOnDisk } from "../probe/mounts.ts";
import type { Filesystem, Probe } from "../probe/probe-data.ts";
import { type Cleaning, planCleaning } from "./cleaning.ts";
import {
  countedAt,
  leastUsable,
  type Place,
  placeOn,
  placesOf,
  type Rooms,
  roomOf,
  roomsOf,
  usable,
} from "./free-space.ts";
import { probeAfter, pruneFirst } from "./images.ts";
import type { Device, LeftOut, Plan, PlanOptions } from "./plan-data.ts";
import { offerRelocation, type RelocationOffer } from "./relocation.ts";
import { decideScope } from "./scope.ts";
import { decideTmpdir } from "./tmpdir.ts";

/**
 * Plans how `need` bytes become free where images are built, and at the directories of `at`: nothing when they are free
 * already; else images that came with the runner are removed, then Docker's stores moved, which breaks nothing, then trees
 * deleted, the densest first, until it is met.
 */
export function makePlan(probe: Probe, options: PlanOptions, catalogue: readonly CatalogueRow[] = CATALOGUE): Plan {
  const { need, at = [] } = options;
  const scope = decideScope(probe, options.architectures);
  const places = placesOf(probe, [...new Set([...buildPaths(probe), ...at])]);
  const rooms = roomsOf(places);
  const before = countedAt(places, rooms);
  const unchanged: Plan = {
    schema: "fanfold.disk-plan/1",
    need,
    scope,
    devices: devicesOf(probe, places),
    counted: { before, after: before },
    outcome: judge(need, rooms),
    actions: [],
    reserve: [],
    leftOut: [],
    background: options.background ?? false,
    warnings: [],
    tmpdir: probe.temporary.variable ?? "/tmp",
    dockerRoot: probe.docker.state === "running" ? probe.docker.dataRoot : null,
  };
  if (scope.kind === "no-op") return unchanged;
  if (probe.unfinished !== undefined) {
    const detail = "a move that was killed is undone first; run disk-setup again for the rest";
    const leftOut = [{ action: "everything", reason: "unfinished-move", detail }] as const;
    return { ...unchanged, actions: [{ kind: "undo-move", ...probe.unfinished, gain: 0, seconds: 10 }], leftOut };
  }
  return act(probe, options, catalogue, unchanged, places);
}

function act(
  original: Probe,
  options: PlanOptions,
  catalogue: readonly CatalogueRow[],
  unchanged: Plan,
  startPlaces: readonly Place[],
): Plan {
  const { need } = options;
  const prune = pruneFirst(original, options, roomsOf(startPlaces));
  const probe = prune === undefined ? original : probeAfter(original, prune);
  const places = placesOf(
    probe,
    startPlaces.map(({ path }) => path),
  );
  const offer = offerRelocation(probe, options);
  const stay = planCleaning(probe, options, roomsOf(places), catalogue);
  const moved = offer.kind === "possible" ? afterMove(probe, options, catalogue, places, offer) : undefined;
  const move = moved !== undefined && isBetter(moved, stay, need) ? moved : undefined;
  const chosen = move?.cleaning ?? stay;
  const leftOut: LeftOut[] = [];
  if (move === undefined) leftOut.push({ action: "relocate", ...refusalOf(offer, stay, probe, need) });

  const freeAfter = (filesystem: Filesystem): number =>
    Math.min(...sharedRoom(probe, filesystem).map((each) => usable(chosen.expected.get(each.id) ?? roomOf(each))));
  const tmpdir = decideTmpdir(probe, need, freeAfter);
  if (tmpdir.kind === "stay") leftOut.push(tmpdir.leftOut);
  return {
    ...unchanged,
    counted: { before: unchanged.counted.before, after: countedAt(move?.places ?? places, chosen.expected) },
    outcome: judge(need, chosen.expected),
    actions: [
      ...(prune === undefined ? [] : [prune]),
      ...(move === undefined ? [] : [move.offer.action]),
      ...(tmpdir.kind === "move" ? [tmpdir.action] : []),
      ...chosen.actions,
    ],
    reserve: chosen.reserve,
    leftOut: [...leftOut, ...chosen.leftOut],
    warnings: warningsOf(probe, move?.places ?? places),
    tmpdir: tmpdir.kind === "move" ? tmpdir.action.to : unchanged.tmpdir,
  };
}

type Offer = RelocationOffer & { readonly kind: "possible" };

interface Moved {
  readonly offer: Offer;
  readonly places: readonly Place[];
  readonly cleaning: Cleaning;
}

/** Where the need is counted once the stores are on the target, and what is still to be deleted then. */
function afterMove(
  probe: Probe,
  options: PlanOptions,
  catalogue: readonly CatalogueRow[],
  places: readonly Place[],
  offer: Offer,
): Moved {
  const builds = buildPaths(probe);
  const later = places.map((place) => (builds.includes(place.path) ? placeOn(probe, place.path, offer.target) : place));
  const copied = probe.docker.state === "running" ? (probe.docker.storeBytes ?? 0) : 0;
  const filled = sharedRoom(probe, offer.target).map(({ id }) => id);
  const rooms = new Map(
    [...roomsOf(later)].map(([id, room]) => [id, filled.includes(id) ? { ...room, bytes: room.bytes - copied } : room]),
  );
  return { offer, places: later, cleaning: planCleaning(probe, options, rooms, catalogue) };
}

/** Moving wins where less is deleted for it, and where it is enough for images while nothing is enough for all. */
function isBetter({ offer, cleaning }: Moved, stay: Cleaning, need: number | null): boolean {
  if (need === null) return true;
  if (leastUsable(cleaning.expected) >= need) {
    return leastUsable(stay.expected) < need || cleaning.actions.length < stay.actions.length;
  }
  if (leastUsable(stay.expected) >= need) return false;
  return offer.free >= need || offer.free > leastUsable(stay.most);
}

function refusalOf(
  offer: RelocationOffer,
  stay: Cleaning,
  probe: Probe,
  need: number | null,
): Pick<LeftOut, "reason" | "detail"> {
  if (offer.kind === "impossible") return { reason: offer.reason, detail: offer.detail };
  const where = [...new Set(placesOf(probe, buildPaths(probe)).map(({ mount }) => mount))].join(" and ");
  if (need !== null && leastUsable(stay.expected) >= need && offer.free >= need) {
    const detail = `trees must be deleted on ${where} in any case, and that is enough for the stores too`;
    return { reason: "cleaning-gives-more", detail };
  }
  return {
    reason: "cleaning-gives-more",
    detail: `${offer.target.mount} would have ${formatBytes(offer.free)} free; deleting gives ${formatBytes(leastUsable(stay.most))} on ${where}, where the stores are`,
  };
}

function judge(need: number | null, rooms: Rooms): Plan["outcome"] {
  if (need === null) return "not-asked";
  return leastUsable(rooms) >= need ? "met" : "short";
}

/** Disks, and what TMPDIR and the places lie on. No other memory or overlay is of use to a build. */
function devicesOf(probe: Probe, places: readonly Place[]): Device[] {
  const shown = [...places.flatMap(({ filesystems }) => filesystems), filesystemOf(probe, probe.temporary.path)];
  return probe.filesystems
    .filter((filesystem) => isOnDisk(filesystem.type) || shown.includes(filesystem))
    .map(({ id, mount, bytes, inodes }) => ({ filesystem: id, mount, bytes, inodes }));
}

// With less than this, the next step that writes a log or an output fails.
const HARDLY_ANYTHING = 1e9;

/** The job's own disk matters to each of its steps, even where the need is not counted there. */
function warningsOf(probe: Probe, places: readonly Place[]): string[] {
  const own = filesystemOf(probe, probe.workspace);
  if (own === undefined || places.some(({ filesystems }) => filesystems.includes(own))) return [];
  const free = Math.min(...sharedRoom(probe, own).map((each) => usable(roomOf(each))));
  if (free >= HARDLY_ANYTHING) return [];
  return [
    `the workspace ${probe.workspace} is on ${own.mount}, which has ${formatBytes(free)} free, and the need is not counted there; add --at ${probe.workspace}`,
  ];
}
