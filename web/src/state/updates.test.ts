import { beforeEach, expect, test, vi } from "vitest";

const typing = vi.hoisted(() => ({ keep: vi.fn() }));
vi.mock("./typing", () => ({ typing }));
vi.mock("workbox-window", () => ({
  Workbox: class {
    addEventListener = (): void => undefined;
    register = (): Promise<void> => Promise.resolve();
  },
}));

const reload = vi.fn();
/** The new version that waits, if one does; and another one takes charge of this page. */
let waiting: { postMessage: (said: string) => void } | null;
let takesCharge: () => void;

/** The module as a page begins with it. */
async function opened() {
  const { updates } = await import("./updates.svelte");
  await updates.watch();
  return { updates, toast: (await import("./toast.svelte")).toast };
}

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  vi.stubEnv("PROD", true);
  vi.stubGlobal("location", { reload, hash: "" });
  const serviceWorker = {
    addEventListener: (_: string, act: () => void) => (takesCharge = act),
    getRegistration: () => Promise.resolve({ waiting }),
  };
  vi.stubGlobal("navigator", { serviceWorker });
  typing.keep.mockReset().mockResolvedValue(true);
  reload.mockReset();
  waiting = null;
});

test("the window that takes the new version keeps what is typed, and loads anew once that is in charge", async () => {
  waiting = { postMessage: vi.fn() };
  const { updates } = await opened();
  await updates.take();
  expect(typing.keep).toHaveBeenCalledOnce();
  expect(waiting.postMessage).toHaveBeenCalledWith("take over");
  expect(reload).not.toHaveBeenCalled();
  takesCharge();
  expect(reload).toHaveBeenCalledOnce();
});

test("a window that was updated from another one says so, and loads anew when it is asked to", async () => {
  const { updates } = await opened();
  updates.postponed = true;
  takesCharge();
  expect(updates).toMatchObject({ ready: true, cameIn: true, postponed: false });
  expect(reload).not.toHaveBeenCalled();
  await updates.take();
  expect(typing.keep).toHaveBeenCalledOnce();
  expect(reload).toHaveBeenCalledOnce();
});

test("where something cannot be kept nothing is loaded, and that is said", async () => {
  waiting = { postMessage: vi.fn() };
  typing.keep.mockResolvedValue(false);
  const { updates, toast } = await opened();
  await updates.take();
  expect(waiting.postMessage).not.toHaveBeenCalled();
  expect(reload).not.toHaveBeenCalled();
  expect(toast.message).not.toBe("");
});
