import { expect, test, vi } from "vitest";
import { leave, takeUp, type LeftList } from "./list_view";

const core = vi.hoisted(() => ({ tell: (_: { kind: string }): void => undefined }));
vi.mock("$core", () => ({ subscribe: (listener: typeof core.tell) => (core.tell = listener) }));

const list: LeftList = { at: "#/records", search: "lễ phát động", order: "newest", unit: "", view: { top_px: 0, total: 1, heights: [] } };

test("a list is taken up once, where it was left", () => {
  leave(list);
  expect(takeUp("#/records?only=unsent")).toBeUndefined();
  leave(list);
  expect(takeUp("#/records")).toEqual(list);
  expect(takeUp("#/records")).toBeUndefined();
});

test("what somebody looked for is gone when their store closes", () => {
  leave(list);
  core.tell({ kind: "locked" });
  expect(takeUp("#/records")).toBeUndefined();
});
