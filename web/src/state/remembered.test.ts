import { expect, test, vi } from "vitest";
import { remember, remembered, rememberedJson } from "./remembered";

test("a browser that lets a page keep nothing still remembers while the page is open", () => {
  const blocked = (): never => {
    throw new DOMException("denied", "SecurityError");
  };
  vi.stubGlobal("localStorage", { getItem: blocked, setItem: blocked });
  expect(remembered("form")).toBeNull();
  remember("form", "activity");
  expect(remembered("form")).toBe("activity");
});

test("what there was no room for is not mistaken for what was there before", () => {
  const stored = new Map([["form", '"outreach"']]);
  let isFull = true;
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (isFull) throw new DOMException("no room", "QuotaExceededError");
      stored.set(key, value);
    },
  });
  remember("form", '"activity"');
  expect(rememberedJson("form")).toBe("activity");
  isFull = false;
  remember("form", "no JSON");
  expect(remembered("form")).toBe("no JSON");
  expect(rememberedJson("form")).toBeNull();
});
