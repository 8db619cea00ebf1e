/** Each unit at a glance: how long ago it was heard from, and how complete its data is. */
import type { Unit } from "../campaign/types";
import type { HeardFrom, Quality, UnitQuality } from "./types";

const DAY_MS = 86_400_000;

/** From the freshest to what was never heard from. */
export const freshnesses = ["week", "month", "quarter", "older", "never"] as const;
export type Freshness = (typeof freshnesses)[number];

/** The most days of each step; what is beyond is older. */
export const FRESH_DAYS = { week: 7, month: 30, quarter: 90 } as const;

export interface UnitRow {
  unit: string;
  name: string;
  quality: UnitQuality | undefined;
  /** When the hub last received something of it. */
  received_ms: number | undefined;
  /** Whole days since then. */
  days: number | null;
  freshness: Freshness;
  /** Of the answers that are required; `null`: none is. */
  share: number | null;
}

export interface UnitGroup {
  /** The unit above; `null`: units that are no more. */
  unit: string | null;
  name: string;
  rows: UnitRow[];
}

export function freshness(days: number | null): Freshness {
  if (days === null) return "never";
  return (["week", "month", "quarter"] as const).find((step) => days <= FRESH_DAYS[step]) ?? "older";
}

/** A row for every unit that the hub speaks of, those never heard from too. */
export function unitRows(quality: Quality["units"], heard: readonly HeardFrom[], names: (unit: string) => string, now: number): UnitRow[] {
  const received = new Map(heard.map((one) => [one.unit, one.received_ms]));
  const units = new Set([...Object.keys(quality), ...received.keys()]);
  return [...units].map((unit) => {
    const known = quality[unit];
    const received_ms = received.get(unit) ?? known?.received_ms;
    const days = received_ms === undefined ? null : Math.max(0, Math.floor((now - received_ms) / DAY_MS));
    const { answered = 0, required = 0 } = known?.completeness ?? {};
    const share = required > 0 ? answered / required : null;
    return { unit, name: names(unit), quality: known, received_ms, days, freshness: freshness(days), share };
  });
}

function isInForce({ valid_from_ms, valid_to_ms }: Unit, now: number): boolean {
  return (valid_from_ms === null || valid_from_ms <= now) && (valid_to_ms === null || now < valid_to_ms);
}

/** By the unit above, whose own tile comes first, then units of a kind together; units that are no more come last. */
export function groups(rows: readonly UnitRow[], units: ReadonlyMap<string, Unit>, now: number, compare: (a: string, b: string) => number): UnitGroup[] {
  const parents = new Set<string>();
  const current = rows.filter(({ unit }) => {
    const known = units.get(unit);
    return known !== undefined && isInForce(known, now);
  });
  for (const { unit } of current) {
    const parent = units.get(unit)?.parent;
    if (parent) parents.add(parent);
  }
  const byGroup = new Map<string | null, UnitRow[]>();
  const put = (group: string | null, row: UnitRow): void => void (byGroup.get(group)?.push(row) ?? byGroup.set(group, [row]));
  const level = ({ unit }: UnitRow): string => units.get(unit)?.level ?? "";
  const inForce = new Set(current);
  for (const row of rows) put(inForce.has(row) ? (parents.has(row.unit) ? row.unit : (units.get(row.unit)?.parent ?? row.unit)) : null, row);
  const named = [...byGroup].map(([unit, members]) => ({
    unit,
    name: unit === null ? "" : (units.get(unit)?.name ?? unit),
    rows: members.sort(
      (a, b) => Number(b.unit === unit) - Number(a.unit === unit) || compare(level(a), level(b)) || compare(a.name, b.name),
    ),
  }));
  return named.sort((a, b) => Number(a.unit === null) - Number(b.unit === null) || compare(a.name, b.name));
}
