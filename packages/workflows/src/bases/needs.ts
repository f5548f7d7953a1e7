import type { BasedEntry, FamilyImage } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Json } from "@fanfold-internal/kit/read/json";
import { findImage } from "@fanfold-internal/matrix/find-image";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { Family } from "../config/family.ts";

export type Needs = BasedEntry["needs"];

/** The bases that entries name themselves, entry by entry, and what is wrong with the names. */
export function findNeeds(
  { matrix, identity }: Family,
  list: MatrixList,
  images: ReadonlyMap<string, FamilyImage>,
): { readonly needs: readonly Needs[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = matrix.lists
    .filter(({ name }) => name !== list.name)
    .flatMap((other) =>
      other.entries.flatMap((entry, index): readonly Diagnostic[] =>
        needsOf(entry) === undefined
          ? []
          : [
              {
                code: "needs-elsewhere",
                severity: "warning",
                message: `${other.name}[${index}]: needs counts in ${list.name} alone: what ${other.name} is built from is its own workflow's`,
                at: matrix.place(other.name, index, "needs"),
                fix: "remove it, or move the entry",
              },
            ],
      ),
    );
  const needs = list.entries.map((entry, index): Needs => {
    const names = needsOf(entry);
    if (names === undefined) return [];
    const at = matrix.place(list.name, index, "needs");
    const refuse = (message: string, fix: string): void => {
      findings.push({ code: "unknown-need", severity: "error", message: `needs: ${message}`, at, fix });
    };
    return names.flatMap((name): Needs => {
      if (typeof name !== "string") {
        refuse(`expected names of images, found ${JSON.stringify(name)}`, "write needs: [name]");
        return [];
      }
      const found = findImage(name, [list], identity.identify);
      if (!("entries" in found)) {
        refuse(found.message, found.fix);
        return [];
      }
      const ids = new Set(found.entries.map((ref) => identity.identify(ref.entry).id));
      if (ids.has(identity.identify(entry).id)) {
        refuse(`${JSON.stringify(name)} is this image itself, which cannot be built before it`, "remove it");
        return [];
      }
      return [{ name, at, bases: [...ids].flatMap((id) => images.get(id) ?? []) }];
    });
  });
  return { needs, findings };
}

export function namesNeeds({ lists }: Family["matrix"]): boolean {
  return lists.some(({ entries }) => entries.some((entry) => needsOf(entry) !== undefined));
}

/** A name, or a list of names. */
function needsOf(entry: MatrixEntry): readonly Json[] | undefined {
  const value = Object.hasOwn(entry, "needs") ? entry["needs"] : undefined;
  if (value === undefined || value === null || value === "") return undefined;
  return Array.isArray(value) ? value : [value];
}
