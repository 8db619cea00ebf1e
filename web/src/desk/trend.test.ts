import { expect, it } from "vitest";
import { trend, yearsOf } from "./trend";

const cell = (month: string, value: string, code = "", unit = "u") => ({ measure: "m", unit, month, dimension: code ? "themes" : "", code, value });
const cells = [
  cell("2023-11", "2"),
  cell("2023-11", "0.5", "", "v"),
  cell("2024-01", "3"),
  cell("2023-11", "2.5", "A"),
  cell("2024-01", "3", "B"),
  cell("2024-01", "1", "A"),
];

it("sums units by month, with months that have nothing", () => {
  const { months, totals, codes } = trend(cells, "themes", "");
  expect(months).toEqual(["2023-11", "2023-12", "2024-01"]);
  expect([...totals]).toEqual([["2023-11", "2.5"], ["2024-01", "3"]]);
  expect(codes.map(({ code, total, byMonth }) => [code, total, [...byMonth]])).toEqual([
    ["A", "3.5", [["2023-11", "2.5"], ["2024-01", "1"]]],
    ["B", "3", [["2024-01", "3"]]],
  ]);
});

it("looks at one year", () => {
  expect(yearsOf(cells)).toEqual(["2023", "2024"]);
  const { months, codes } = trend(cells, "themes", "2023");
  expect(months).toEqual(["2023-11"]);
  expect(codes.map(({ code, total }) => [code, total])).toEqual([["A", "2.5"]]);
});

it("has no codes without a dimension", () => expect(trend(cells, "", "").codes).toEqual([]));
