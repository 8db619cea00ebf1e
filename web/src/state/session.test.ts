import { expect, test, vi } from "vitest";
import { session } from "./session.svelte";

const core = vi.hoisted(() => ({ call: vi.fn(), tell: (_: { kind: string }): void => undefined }));
vi.mock("$core", () => ({
  call: core.call,
  subscribe: (listener: typeof core.tell) => (core.tell = listener),
}));

test("where the window that had the store closes, this one goes on by itself", async () => {
  core.call.mockRejectedValue({ code: "store_already_open", text: { vi: "", en: "" }, kept: "everything" });
  await session.start();
  expect(session.elsewhere).toBe(true);
  core.call.mockImplementation((name: string) => (name === "people" ? Promise.resolve([]) : Promise.reject(new Error("closed"))));
  core.tell({ kind: "changed" });
  expect(session.elsewhere).toBe(true);
  core.tell({ kind: "owner" });
  await vi.waitFor(() => expect(session.phase).toBe("closed"));
});
