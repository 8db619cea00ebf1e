import { expect, test } from "vitest";
import type { Attention } from "../core/types";
import { byRecord } from "./by_record";

const item = (record: string, change: string, code: string, sent_again = false): Attention => ({
  record,
  change,
  code,
  sent_again,
  text: { vi: "", en: "" },
});
const changes = (attention: Attention[]) => byRecord(attention).map((items) => items.map((one) => one.change));

test("what was refused of one record is one card, its cause first", () => {
  const refused = [item("r1", "b", "depends"), item("r2", "c", "forbidden"), item("r1", "a", "bad_signature")];
  expect(changes(refused)).toEqual([["c"], ["a", "b"]]);
});

test("what is sent again by itself stands alone", () => {
  const waiting = [item("r1", "a", "needs_approval", true), item("r1", "b", "forbidden"), item("r1", "c", "needs_approval", true)];
  expect(changes(waiting)).toEqual([["a"], ["b"], ["c"]]);
});
