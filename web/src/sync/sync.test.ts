import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { session } from "../state/session.svelte";
import type { Me } from "../core/types";
import { sync } from "./sync.svelte";

const core = vi.hoisted(() => ({ call: vi.fn(), subscribe: () => () => undefined, live: () => () => undefined }));
vi.mock("$core", () => core);
vi.stubGlobal("navigator", { onLine: true });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("nobody's store is open: whoever wakes the page is not told that it is done", async () => {
  session.phase = "closed";
  expect(await sync.now({ woken: true })).toBe(false);
  expect(core.call).not.toHaveBeenCalled();
});

test("a sync that is under way is waited for, and what became of it is said", async () => {
  [session.phase, session.me] = ["open", { joined: true, revoked: null } as unknown as Me];
  for (const isDone of [true, false]) {
    let end: () => void = () => undefined;
    core.call.mockImplementation((name: string) => {
      if (name !== "sync") return Promise.resolve({});
      return new Promise((resolve, reject) => (end = () => (isDone ? resolve({ more: false }) : reject(new Error("no hub")))));
    });
    const [first, second] = [sync.now(), sync.now({ woken: true })];
    const told = vi.fn();
    void second.then(told);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).not.toHaveBeenCalled();
    end();
    expect(await first).toBe(isDone);
    expect(await second).toBe(isDone);
  }
  vi.clearAllTimers();
});
