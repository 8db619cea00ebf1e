/** The worker that the core runs in. Nothing of it comes back from a trap: it says so, and the page starts another. */
import { databases } from "./databases.ts";
import { isProblem } from "./problem.ts";
import type { CallName, Problem } from "./types.ts";
import init, { App } from "./wasm/dongbo_web.js";

export interface Asked {
  id: number;
  name: CallName;
  args: Record<string, unknown> & { bytes?: Uint8Array };
}

export type Said =
  | { id: number; result: unknown }
  | { id: number; problem: Problem }
  | { ended: "panic" | "core_not_loaded"; detail: string };

const say = (said: Said, transfer: Transferable[] = []): void => self.postMessage(said, { transfer });
const end = (ended: "panic" | "core_not_loaded", error: unknown): void =>
  say({ ended, detail: error instanceof Error ? error.message : String(error) });

const app = init().then(() => new App(databases));
app.catch((error: unknown) => end("core_not_loaded", error));

self.addEventListener("error", (event) => end("panic", event.error ?? event.message));
self.addEventListener("unhandledrejection", (event) => end("panic", event.reason));

self.addEventListener("message", async ({ data: { id, name, args } }: MessageEvent<Asked>) => {
  const core = await app.catch(() => undefined);
  if (!core) return;
  const { bytes, ...rest } = args;
  try {
    const result: unknown = await core.call(name, rest, bytes);
    say({ id, result }, result instanceof Uint8Array ? [result.buffer] : []);
  } catch (error) {
    if (isProblem(error)) say({ id, problem: error });
    else end("panic", error);
  }
});
