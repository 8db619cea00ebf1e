/**
 * Keeps what is being typed: a little after the last key, at once when the page is left. One keep runs at a time and the
 * newest draft is always kept last, however fast the typing and however slow the storage.
 */
import type { Draft } from "../core/types";

/** How long the hand rests before what it typed is kept, milliseconds. */
export const PAUSE_MS = 400;
/** When it is tried again where that failed, milliseconds. */
export const RETRY_MS = 5_000;

export interface Keeping {
  /** Makes the draft durable. */
  keep: (draft: Draft) => Promise<unknown>;
  /** Told after each try. `isNewest`: nothing was typed meanwhile that is still to be kept. */
  kept?: (problem: unknown, isNewest: boolean) => void;
}

export class DraftKeeper {
  private waiting: Draft | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(private readonly keeping: Keeping) {}

  /** Something was typed: keeps it after a pause. */
  touch(draft: Draft): void {
    if (this.ended) return;
    this.waiting = draft;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Keeps what waits, now. Once it resolves, nothing waits. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.running = this.running.then(() => this.keepWaiting());
    return this.running;
  }

  /** Ends keeping: the draft was saved or discarded. What is being kept at the moment ends first. */
  async end(): Promise<void> {
    this.ended = true;
    this.waiting = null;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Goes on after all: what should have ended it failed. */
  resume(): void {
    this.ended = false;
  }

  private async keepWaiting(): Promise<void> {
    const draft = this.waiting;
    if (!draft) return;
    this.waiting = null;
    try {
      await this.keeping.keep(draft);
      this.keeping.kept?.(null, this.waiting === null);
    } catch (problem) {
      // Nothing newer came meanwhile: it stays what is to be kept, and is tried again by itself.
      if (!this.ended) {
        this.waiting ??= draft;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => void this.flush(), RETRY_MS);
      }
      this.keeping.kept?.(problem, false);
    }
  }
}
