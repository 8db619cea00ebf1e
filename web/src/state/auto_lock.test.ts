import { afterEach, beforeEach, expect, test, vi } from "vitest";

const session = vi.hoisted(() => ({ phase: "open", hasPin: true, lock: vi.fn() }));
const typing = vi.hoisted(() => ({ keep: vi.fn() }));
vi.mock("./session.svelte", () => ({ session }));
vi.mock("./settings.svelte", () => ({ settings: { lockAfter: 5 } }));
vi.mock("./typing", () => ({ typing }));

const MINUTE_MS = 60_000;
let press: () => void;

beforeEach(async () => {
  vi.resetModules();
  vi.clearAllMocks();
  vi.useFakeTimers();
  typing.keep.mockResolvedValue(true);
  vi.stubGlobal("document", { addEventListener: () => undefined });
  vi.stubGlobal("addEventListener", (_: string, act: () => void) => (press = act));
  (await import("./auto_lock")).watchIdle();
});
afterEach(() => void vi.useRealTimers());

test("a key that is pressed writes nothing", async () => {
  for (let keys = 0; keys < 50; keys += 1) {
    press();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(typing.keep).not.toHaveBeenCalled();
});

test("what nobody touches is locked; work goes on for as long as somebody does", async () => {
  for (let minute = 0; minute < 20; minute += 1) {
    press();
    await vi.advanceTimersByTimeAsync(MINUTE_MS);
  }
  expect(session.lock).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
  expect(session.lock).toHaveBeenCalled();
});

test("the touch that comes too late does not keep it open, however fast the next one follows", async () => {
  // A machine that slept: its timers did not run.
  vi.setSystemTime(Date.now() + 6 * MINUTE_MS);
  press();
  press();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.lock).toHaveBeenCalledOnce();
});

test("what cannot be kept is not locked away", async () => {
  typing.keep.mockResolvedValue(false);
  await vi.advanceTimersByTimeAsync(20 * MINUTE_MS);
  press();
  expect(session.lock).not.toHaveBeenCalled();
});
