/** The hub's hints (`GET /live`): server-sent events, read with `fetch` since they need a token. */
import type { Arguments, CallName, Result } from "./types.ts";

const WAIT_MS_MIN = 1_000;
const WAIT_MS_MAX = 60_000;

type Call = <K extends CallName>(name: K, args: Arguments<K>) => Promise<Result<K>>;

/** Reads hints until the signal says to end; a line that breaks is tried again, ever more seldom. */
export async function readHints(call: Call, onHint: () => void, signal: AbortSignal): Promise<void> {
  let [failures, isFresh] = [0, false];
  while (!signal.aborted) {
    try {
      const response = await connect(call, isFresh, signal);
      isFresh = response.status === 401;
      if (response.ok && response.body) {
        // There may have been something while nobody listened.
        if (failures > 0) onHint();
        failures = 0;
        await read(response.body, onHint);
      }
    } catch {
      // Not open, no network, a line that broke: waits and tries again.
    }
    failures += 1;
    await pause(Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** Math.min(failures, 6)), signal);
  }
}

async function connect(call: Call, fresh: boolean, signal: AbortSignal): Promise<Response> {
  const { campaign } = await call("me", {});
  const token = await call("token", { fresh });
  const headers = { Accept: "text/event-stream", Authorization: `Bearer ${token}` };
  const address = `/api/v1/c/${encodeURIComponent(campaign)}/live`;
  return fetch(address, { headers, signal, cache: "no-store", credentials: "omit", redirect: "error" });
}

/** Every event is a hint; comments keep the line open. */
async function read(body: ReadableStream<Uint8Array<ArrayBuffer>>, onHint: () => void): Promise<void> {
  const lines = body.pipeThrough(new TextDecoderStream());
  let rest = "";
  for (const reader = lines.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    if (parts.some((line) => line.startsWith("data:"))) onHint();
  }
}

/** Waits, with a little chance in it so that many devices do not come back together; less where a network appears. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms * (0.75 + Math.random() / 2));
    addEventListener("online", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
