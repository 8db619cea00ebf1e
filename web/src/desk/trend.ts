/** Cells by month, and by the codes of a dimension. */
import { monthsBetween, sumBy } from "./sums";
import type { Cell } from "./types";

export interface Trend {
  months: string[];
  /** By month. */
  totals: Map<string, string>;
  /** The codes of the dimension, the largest first. */
  codes: { code: string; total: string; byMonth: Map<string, string> }[];
}

export function yearsOf(cells: readonly Cell[]): string[] {
  return [...new Set(cells.map((cell) => cell.month.slice(0, 4)))].sort();
}

/** Every month from the first to the last that has a number, in the year if there is one. */
export function trend(cells: readonly Cell[], dimension: string, year: string): Trend {
  const asked = cells.filter((cell) => year === "" || cell.month.startsWith(`${year}-`));
  const totals = sumBy(asked.filter((cell) => cell.dimension === ""), (cell) => cell.month);
  const inDimension = asked.filter((cell) => dimension !== "" && cell.dimension === dimension);
  const codes = [...sumBy(inDimension, (cell) => cell.code)].map(([code, total]) => ({
    code,
    total,
    byMonth: sumBy(inDimension.filter((cell) => cell.code === code), (cell) => cell.month),
  }));
  return {
    months: monthsBetween([...totals.keys()]),
    totals,
    codes: codes.sort((a, b) => Number(b.total) - Number(a.total)),
  };
}
