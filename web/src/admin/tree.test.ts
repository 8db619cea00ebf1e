import { expect, test } from "vitest";
import type { Unit } from "../campaign/types";
import { endedBefore, prune, treeAt, type Branch } from "./tree";

const unit = (id: string, parent: string | null, from: number | null, to: number | null): Unit => ({
  id,
  parent,
  code: id,
  name: id,
  level: "commune",
  valid_from_ms: from,
  valid_to_ms: to,
  successors: [],
});
const units = [unit("province", null, null, null), unit("district", "province", null, 100), unit("b", "district", null, null), unit("a", "province", 100, null)];
const shape = (branches: Branch[]): unknown => branches.map(({ unit: { id }, below }) => [id, shape(below)]);

test.each([
  [99, [["province", [["district", [["b", []]]]]]]],
  [100, [["b", []], ["province", [["a", []]]]]],
] as [number, unknown][])("the tree at %s: each unit once, under what is in force", (at, expected) => expect(shape(treeAt(units, at))).toEqual(expected));

test("a unit ends on the day it is no longer valid", () => {
  expect(endedBefore(units, 99)).toEqual([]);
  expect(endedBefore(units, 100).map(({ id }) => id)).toEqual(["district"]);
});

test("what is found is shown with what it lies under", () =>
  expect(shape(prune(treeAt(units, 99), ({ id }) => id === "b"))).toEqual([["province", [["district", [["b", []]]]]]]));
