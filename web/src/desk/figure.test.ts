import { describe, expect, it } from "vitest";
import { Campaign } from "../campaign/campaign";
import { parse, href } from "../router";
import { behind, figureName, recordsQuery } from "./figure";

const label = (vi: string) => ({ vi, en: vi });
const campaign = new Campaign(
  {
    id: "c",
    version: 1,
    name: label("c"),
    time_zone: "Asia/Ho_Chi_Minh",
    choice_lists: [{ id: "themes", label: label("Nội dung"), choices: [{ code: "ND.1", label: label("Kỹ năng số") }] }],
    forms: [{ id: "activity", title: label("Hoạt động"), fields: [{ id: "themes", kind: "choices", label: label("Nội dung"), list: "themes" }] }],
    measures: [{ id: "activities", form: "activity", label: label("Số hoạt động"), kind: "count", dimensions: ["themes"] }],
  },
  [],
);
const asked = (route: ReturnType<typeof behind>) => (parse(href(route)) as { query: Record<string, string> }).query;

describe("from a figure to its records", () => {
  it.each([
    [
      { measure: "activities", month: "2023-05", dimension: "themes", code: "ND.1", unit: "79" },
      { within: "79", measure: "activities", month: "2023-05", dimension: "themes", code: "ND.1" },
      "Số hoạt động, Kỹ năng số, 05/2023",
    ],
    [{ measure: "activities", unit: "79", own: true }, { unit: "79", measure: "activities" }, "Số hoạt động"],
    [{ measure: "gone", dimension: "x", code: "y" }, { measure: "gone", dimension: "x", code: "y" }, "gone, y"],
  ])("%o", (figure, hub, name) => {
    const query = asked(behind(figure));
    expect(Object.fromEntries(Object.entries(recordsQuery(query)).filter(([, value]) => value))).toEqual(hub);
    expect(figureName(query, campaign, (text) => text.vi)).toBe(name);
  });

  it("a list of a form is about no figure", () => {
    const query = { form: "activity", only: "conflicts" };
    expect(recordsQuery(query)).toEqual({ within: undefined, form: "activity", only: "conflicts" });
    expect(figureName(query, campaign, (text) => text.vi)).toBeNull();
  });
});
