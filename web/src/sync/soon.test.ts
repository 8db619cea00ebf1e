import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Soon } from "./soon";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("many who ask get it once", async () => {
  const act = vi.fn();
  const soon = new Soon(1_000, act);
  for (let asked = 0; asked < 5; asked += 1) soon.ask();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(act).toHaveBeenCalledOnce();
});

test("who asks steadily puts nothing off", async () => {
  const act = vi.fn();
  const soon = new Soon(1_000, act);
  for (let passed_ms = 0; passed_ms < 10_000; passed_ms += 500) {
    soon.ask();
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(act).toHaveBeenCalledTimes(10);
});
