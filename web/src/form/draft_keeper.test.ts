import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Draft } from "../core/types";
import { DraftKeeper, PAUSE_MS, RETRY_MS } from "./draft_keeper";

const draft = (title: string): Draft => ({
  id: "d1",
  form: "activity",
  unit: "u1",
  heads: [],
  answers: { title },
  touched_ms: 0,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("one keep for many keys", async () => {
  const kept: unknown[] = [];
  const keeper = new DraftKeeper({ keep: async (it) => void kept.push(it.answers.title) });
  for (const title of ["R", "Ra", "Ra quân"]) keeper.touch(draft(title));
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(kept).toEqual(["Ra quân"]);
});

test("leaving the page keeps at once", async () => {
  const kept: unknown[] = [];
  const keeper = new DraftKeeper({ keep: async (it) => void kept.push(it.answers.title) });
  keeper.touch(draft("Ra quân"));
  await keeper.flush();
  expect(kept).toEqual(["Ra quân"]);
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(kept).toHaveLength(1);
});

test("a slow storage keeps the newest last", async () => {
  const kept: unknown[] = [];
  const keep = (it: Draft) => new Promise<void>((done) => setTimeout(() => (kept.push(it.answers.title), done()), 1_000));
  const keeper = new DraftKeeper({ keep });
  keeper.touch(draft("one"));
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  keeper.touch(draft("two"));
  const all = keeper.flush();
  await vi.advanceTimersByTimeAsync(3_000);
  await all;
  expect(kept).toEqual(["one", "two"]);
});

test("what could not be kept is tried again by itself, until it is or the draft has ended", async () => {
  const kept: unknown[] = [];
  let full = true;
  const keep = async (it: Draft) => {
    if (full) throw new Error("full");
    kept.push(it.answers.title);
  };
  const keeper = new DraftKeeper({ keep });
  keeper.touch(draft("Ra quân"));
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  full = false;
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  expect(kept).toEqual(["Ra quân"]);
  full = true;
  keeper.touch(draft("Bỏ đi"));
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  await keeper.end();
  full = false;
  await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
  expect(kept).toHaveLength(1);
});

test("what could not be kept is kept with the next pause", async () => {
  const kept: unknown[] = [];
  const problems: unknown[] = [];
  let full = true;
  const keep = async (it: Draft) => {
    if (full) throw new Error("full");
    kept.push(it.answers.title);
  };
  const keeper = new DraftKeeper({ keep, kept: (problem) => problems.push(problem) });
  keeper.touch(draft("one"));
  await keeper.flush();
  full = false;
  await keeper.flush();
  expect(kept).toEqual(["one"]);
  expect(problems).toEqual([expect.any(Error), null]);
});

test("after a save nothing brings the draft back", async () => {
  const kept: unknown[] = [];
  const keeper = new DraftKeeper({ keep: async (it) => void kept.push(it.answers.title) });
  keeper.touch(draft("one"));
  await keeper.end();
  keeper.touch(draft("two"));
  await vi.advanceTimersByTimeAsync(PAUSE_MS * 2);
  expect(kept).toEqual([]);
});
