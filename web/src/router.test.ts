import { expect, test } from "vitest";
import { href, parse, type Route } from "./router";

const routes: Route[] = [
  { page: "home" },
  { page: "people" },
  { page: "join" },
  { page: "forgot", person: "a1" },
  { page: "new" },
  { page: "fill", draft: "d1", form: "activity" },
  { page: "fill", draft: "d1", record: "r1", held: true },
  { page: "fill", draft: "d1", form: "review", unit: "26506", about: { field: "activity", record: "r1" } },
  { page: "records" },
  { page: "records", only: "unsent", form: "activity" },
  { page: "record", record: "r1" },
  { page: "attention" },
  { page: "desk", view: "overview", query: {} },
  { page: "desk", view: "round", id: "DOT.SK2023", query: {} },
  { page: "desk", view: "figures", query: { measure: "activities" } },
  { page: "admin", view: "", query: {} },
  { page: "admin", view: "erasure", query: { record: "r1" } },
];

test.each(routes)("$page comes back from its address", (route) => expect(parse(href(route))).toEqual(route));

test.each([
  ["", { page: "home" }],
  ["#/nowhere", { page: "home" }],
  ["#/record", { page: "records" }],
  ["#/record/%E0%A4%A", { page: "record", record: "%E0%A4%A" }],
] as [string, Route][])("%s is read without failing", (hash, route) => expect(parse(hash)).toEqual(route));
