import { expect, test, vi } from "vitest";

test("a browser that gives no lock keeps nothing, and is not taken for another window's", async () => {
  const refused = new DOMException("access is denied", "SecurityError");
  vi.stubGlobal("navigator", { locks: { request: () => Promise.reject(refused) } });
  const { call } = await import("./client");
  // Asked before the lock was refused, and after.
  await expect(call("people", {})).rejects.toMatchObject({ code: "store_unavailable" });
  await expect(call("people", {})).rejects.toMatchObject({ code: "store_unavailable" });
});
