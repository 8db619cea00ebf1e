import { afterEach, expect, test, vi } from "vitest";
import { fileFromHub, fromHub, tellHub } from "./hub";

vi.mock("$core", () => ({ call: () => Promise.resolve("token") }));
vi.stubGlobal("navigator", { onLine: true });

/** A hub that says nothing, or begins to answer and never ends; and the end of the time it has. */
function silent(begins: boolean): () => void {
  const time = new AbortController();
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(time.signal);
  const hangs = (signal: AbortSignal) => new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  vi.stubGlobal("fetch", (_: string, { signal }: { signal: AbortSignal }) =>
    begins ? Promise.resolve({ ok: true, json: () => hangs(signal), blob: () => hangs(signal) }) : hangs(signal),
  );
  return () => time.abort();
}

afterEach(() => void vi.restoreAllMocks());

const asked: [string, () => Promise<unknown>][] = [
  ["figures", () => fromHub("kh244", "/targets")],
  ["a file", () => fileFromHub("kh244", "/deadlines.ics")],
  ["an order", () => tellHub("kh244", "/admin", {})],
];
for (const [what, ask] of asked) {
  for (const begins of [false, true]) {
    test(`${what}: a hub that ${begins ? "never ends its answer" : "says nothing"} is given up`, async () => {
      const timeIsOver = silent(begins);
      const answer = expect(ask()).rejects.toMatchObject({ code: "unreachable" });
      await new Promise((next) => setTimeout(next));
      timeIsOver();
      await answer;
    });
  }
}
