/** The worker as the page holds it: calls with answers, and another worker after one that ended. */
import { ONCE } from "./calls.ts";
import { problem } from "./problem.ts";
import type { Arguments, CallName, Problem, Result } from "./types.ts";
import type { Asked, Said } from "./worker.ts";

/** So many workers may end within so many milliseconds; then none is started before that time is over. */
const ENDS_MAX = 3;
const ENDS_WITHIN_MS = 60_000;

interface Waiting {
  name: CallName;
  resolve: (result: never) => void;
  reject: (problem: Problem) => void;
}

export class Engine {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private ends: number[] = [];
  private next = 0;

  /** `ended`: the worker ended and everything in its memory is gone. */
  constructor(private readonly ended: () => void) {}

  call<K extends CallName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    return new Promise((resolve, reject) => {
      const worker = this.running();
      if (!worker) {
        reject(problem("panic", "nothing_of_this_step", "the worker ends again and again"));
        return;
      }
      const id = this.next++;
      this.waiting.set(id, { name, resolve, reject });
      worker.postMessage({ id, name, args } as Asked);
    });
  }

  private running(): Worker | undefined {
    const now = performance.now();
    this.ends = this.ends.filter((at) => now - at < ENDS_WITHIN_MS);
    if (!this.worker && this.ends.length < ENDS_MAX) {
      const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<Said>) => this.heard(worker, data);
      worker.onerror = (event) => this.end(worker, "core_not_loaded", event.message);
      this.worker = worker;
    }
    return this.worker;
  }

  private heard(worker: Worker, said: Said): void {
    if ("ended" in said) {
      this.end(worker, said.ended, said.detail);
      return;
    }
    const waiting = this.waiting.get(said.id);
    this.waiting.delete(said.id);
    if ("problem" in said) waiting?.reject(said.problem);
    else waiting?.resolve(said.result as never);
  }

  private end(worker: Worker, code: "panic" | "core_not_loaded", detail: string): void {
    if (worker !== this.worker) return;
    worker.terminate();
    this.worker = undefined;
    this.ends.push(performance.now());
    const given = [...this.waiting.values()];
    this.waiting.clear();
    for (const { name, reject } of given) {
      // What was to be written may have become durable before.
      const isInDoubt = code === "panic" && ONCE.has(name);
      reject(isInDoubt ? problem("interrupted", "on_this_device", detail) : problem(code, "nothing_of_this_step", detail));
    }
    this.ended();
  }
}
