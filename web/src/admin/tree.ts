/** Units as a tree on a day. Which unit is registered under which, and from when to when, is the campaign's word. */
import type { Unit } from "../campaign/types";
import { byText } from "./find";

export interface Branch {
  unit: Unit;
  below: Branch[];
}

export function inForce(unit: Unit, at_ms: number): boolean {
  return (unit.valid_from_ms ?? -Infinity) <= at_ms && at_ms < (unit.valid_to_ms ?? Infinity);
}

/** The units in force at a time. One whose parent is not among them stands at the top, so that none is missing. */
export function treeAt(units: Unit[], at_ms: number): Branch[] {
  const now = units.filter((unit) => inForce(unit, at_ms)).sort((a, b) => byText(a.name, b.name));
  const branches = new Map(now.map((unit) => [unit.id, { unit, below: [] } as Branch]));
  const top: Branch[] = [];
  for (const branch of branches.values()) (branches.get(branch.unit.parent ?? "")?.below ?? top).push(branch);
  return top;
}

/** Those that were in force before a time and no longer are, the last first. */
export function endedBefore(units: Unit[], at_ms: number): Unit[] {
  const ended = units.filter((unit) => unit.valid_to_ms !== null && unit.valid_to_ms <= at_ms);
  return ended.sort((a, b) => (b.valid_to_ms ?? 0) - (a.valid_to_ms ?? 0) || byText(a.name, b.name));
}

/** The branches that lead to what is wanted, and all below it. */
export function prune(branches: Branch[], wanted: (unit: Unit) => boolean): Branch[] {
  return branches.flatMap(({ unit, below }) => {
    if (wanted(unit)) return [{ unit, below }];
    const kept = prune(below, wanted);
    return kept.length > 0 ? [{ unit, below: kept }] : [];
  });
}
