/** Sums of decimals without losing a digit, and cells brought into the shape of a table. */
import type { Cell } from "./types";

/** The sum of decimals such as `12.5`. */
export function sum(values: readonly string[]): string {
  const places = Math.max(0, ...values.map((value) => (value.split(".")[1] ?? "").length));
  const scaled = values.map((value) => {
    const [whole = "0", part = ""] = value.split(".");
    return BigInt(whole + part.padEnd(places, "0"));
  });
  const total = scaled.reduce((all, one) => all + one, 0n);
  const sign = total < 0n ? "-" : "";
  const digits = (total < 0n ? -total : total).toString().padStart(places + 1, "0");
  if (places === 0) return sign + digits;
  const part = digits.slice(-places).replace(/0+$/, "");
  return sign + digits.slice(0, -places) + (part ? `.${part}` : "");
}

/** The sum of each group, in the order of its name. */
export function sumBy(cells: readonly Cell[], name: (cell: Cell) => string): Map<string, string> {
  const groups = new Map<string, string[]>();
  for (const cell of cells) {
    const group = groups.get(name(cell));
    if (group) group.push(cell.value);
    else groups.set(name(cell), [cell.value]);
  }
  const summed = [...groups].map(([group, values]): [string, string] => [group, sum(values)]);
  return new Map(summed.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every month from the first to the last, those without a number too. */
export function monthsBetween(months: readonly string[]): string[] {
  const sorted = [...months].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last) return [];
  const all: string[] = [];
  let [year = 0, month = 1] = first.split("-").map(Number);
  for (let at = first; at <= last && all.length < 600; ) {
    all.push(at);
    [year, month] = month === 12 ? [year + 1, 1] : [year, month + 1];
    at = `${year}-${String(month).padStart(2, "0")}`;
  }
  return all;
}

/** `2023-05` as `05/2023`. */
export function monthLabel(month: string): string {
  const [year, number] = month.split("-");
  return number ? `${number}/${year}` : month;
}
