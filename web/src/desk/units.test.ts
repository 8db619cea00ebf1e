import { describe, expect, it } from "vitest";
import type { Unit } from "../campaign/types";
import { freshness, groups, unitRows } from "./units";

const DAY = 86_400_000;
const NOW = 1_000 * DAY;

const unit = (id: string, parent: string | null, to: number | null = null): [string, Unit] => [
  id,
  { id, parent, code: id, name: `Đơn vị ${id}`, level: "commune", valid_from_ms: null, valid_to_ms: to },
];
const units = new Map([unit("p", null), unit("a", "p"), unit("d", "p"), unit("c2", "d"), unit("c1", "d"), unit("old", "d", NOW - DAY)]);
const compare = (a: string, b: string): number => a.localeCompare(b, "vi");

const quality = (answered: number, required: number, received_ms: number) => ({
  rows: 1,
  rows_with_issues: 0,
  issues: {},
  completeness: { answered, required },
  suspects: 0,
  received_ms,
});

describe("freshness", () => {
  it.each([
    [0, "week"],
    [7, "week"],
    [8, "month"],
    [30, "month"],
    [31, "quarter"],
    [90, "quarter"],
    [91, "older"],
    [null, "never"],
  ] as const)("%s days", (days, step) => expect(freshness(days)).toBe(step));
});

describe("rows", () => {
  const rows = unitRows(
    { c1: quality(1, 2, NOW - 9 * DAY) },
    [{ unit: "c1", name: "", received_ms: NOW - 2 * DAY - 1 }, { unit: "c2", name: "" }],
    (id) => id,
    NOW,
  );
  it("holds those never heard from", () => {
    expect(rows.map((row) => [row.unit, row.days, row.freshness, row.share])).toEqual([
      ["c1", 2, "week", 0.5],
      ["c2", null, "never", null],
    ]);
  });
  it("knows a clock that is ahead of ours", () => {
    expect(unitRows({}, [{ unit: "a", name: "", received_ms: NOW + DAY }], (id) => id, NOW)[0]?.days).toBe(0);
  });
});

describe("groups", () => {
  const rows = unitRows({}, ["c1", "old", "a", "d", "c2", "p", "gone"].map((id) => ({ unit: id, name: id })), (id) => units.get(id)?.name ?? id, NOW);
  it("puts each below its parent, the parent first, what is no more last", () => {
    expect(groups(rows, units, NOW, compare).map((group) => [group.unit, group.rows.map((row) => row.unit)])).toEqual([
      ["d", ["d", "c1", "c2"]],
      ["p", ["p", "a"]],
      [null, ["gone", "old"]],
    ]);
  });
  it("names a group by a parent outside the scope", () => {
    expect(groups(rows.filter((row) => row.unit === "c1"), units, NOW, compare)[0]?.name).toBe("Đơn vị d");
  });
});
