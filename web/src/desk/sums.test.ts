import { expect, test } from "vitest";
import { monthLabel, monthsBetween, sum, sumBy } from "./sums";

test.each([
  [["0.1", "0.2"], "0.3"],
  [["12.5", "1"], "13.5"],
  [["-3", "1"], "-2"],
  [["-0.5", "0.25"], "-0.25"],
  [["9007199254740993", "1"], "9007199254740994"],
  [["1.50", "0.50"], "2"],
  [[], "0"],
] as [string[], string][])("%j add up to %s", (values, total) => expect(sum(values)).toBe(total));

test("cells by month", () => {
  const cell = (month: string, value: string) => ({ measure: "m", unit: "u", month, dimension: "", code: "", value });
  const byMonth = sumBy([cell("2023-05", "1"), cell("2023-03", "2"), cell("2023-05", "3")], (one) => one.month);
  expect([...byMonth]).toEqual([
    ["2023-03", "2"],
    ["2023-05", "4"],
  ]);
});

test("a month without a number has its place", () => {
  expect(monthsBetween(["2024-01", "2023-11"])).toEqual(["2023-11", "2023-12", "2024-01"]);
  expect(monthLabel("2023-11")).toBe("11/2023");
});
