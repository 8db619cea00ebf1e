import { expect, test } from "vitest";
import type { Form } from "../campaign/types";
import { creation, differences, shown } from "./typed";

const label = { vi: "", en: "" };
const form: Form = {
  id: "activity",
  title: label,
  fields: [
    { id: "title", kind: "text", label },
    { id: "reached", kind: "counter", label },
    { id: "people", kind: "group", label, fields: [] },
  ],
};

test("what is typed lies over what the record says", () => {
  const base = { title: "Ra quân", place: "Ấp 1", reached: 40 };
  expect(shown(base, { title: "Hội nghị", place: null, reached: { add: 5 } })).toEqual({ title: "Hội nghị", reached: 45 });
});

test("a counter that nobody answered begins at nothing", () => expect(shown({}, { reached: { add: 5 } })).toEqual({ reached: 5 }));

test("a new record is made without empty texts", () => {
  expect(creation({ place: "Ấp 1" }, { title: "", reached: 0 })).toEqual({ place: "Ấp 1", reached: 0 });
});

test("writing again takes up only where the refused differs", () => {
  const now = { title: "Ra quân", place: "Ấp 1", reached: 40, count: 1 };
  expect(differences(form, now, { title: "Hội nghị", reached: 45, count: 1 })).toEqual({
    title: "Hội nghị",
    place: null,
    reached: { add: 5 },
  });
});
