import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { en } from "../text/en";
import { vi } from "../text/vi";

const source = (file: string): string => readFileSync(new URL(`../../../client-core/src/${file}`, import.meta.url), "utf8");
const quoted = (rust: string): string[] => [...rust.matchAll(/"([a-z]+(?:_[a-z]+)*)"/g)].map(([, code = ""]) => code);
/** What the `code` function of an error may give. */
const ofFunction = (file: string): string[] => quoted(source(file).split("pub fn code(")[1]?.split("\n    }\n")[0] ?? "");

it("whatever an item of a file may be refused for is put into words", () => {
  const codes = [...quoted(source("replica/incoming/bundle.rs")), ...ofFunction("judged.rs"), ...ofFunction("record/document.rs")];
  expect(codes).toContain("replica_full");
  expect(codes).toContain("equivocation");
  for (const { notTakenWhy } of [vi.settings, en.settings]) {
    expect(Object.keys(notTakenWhy)).toEqual(expect.arrayContaining(codes));
  }
});
