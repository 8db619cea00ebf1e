import { expect, test } from "vitest";
import { apart } from "./apart";

test("what turns nothing around is left as it is", () => {
  for (const plain of ["Nguyễn Thị Hòa", "Ra\u200bquân", "<b>", ""]) expect(apart(plain)).toBe(plain);
});

test("what turns text around is set apart and cannot end that itself", () => {
  expect(apart("Ngô \u202eNgược")).toBe("\u2068Ngô \u202eNgược\u2069");
  expect(apart("مرحبا")).toBe("\u2068مرحبا\u2069");
  expect(apart("a\u2069\u202eb\u2067")).toBe("\u2068a\u202eb\u2069");
});
