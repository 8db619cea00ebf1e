import { expect, test, vi } from "vitest";
import { Loaded } from "./loaded.svelte";

vi.mock("$core", () => ({ subscribe: () => () => undefined }));

const problem = (code: string) => ({ code, text: { vi: code, en: code }, kept: "everything" });

test("what was read stays where it cannot be read again, but not where it is gone", async () => {
  const load = vi.fn<() => Promise<string>>();
  const loaded = new Loaded(load);
  load.mockResolvedValueOnce("a record");
  await loaded.read();
  load.mockRejectedValueOnce(problem("store_failed"));
  await loaded.read();
  expect(loaded).toMatchObject({ value: "a record", problem: { code: "store_failed" } });
  load.mockRejectedValueOnce(problem("unknown_record"));
  await loaded.read();
  expect(loaded).toMatchObject({ value: undefined, problem: { code: "unknown_record" } });
});
