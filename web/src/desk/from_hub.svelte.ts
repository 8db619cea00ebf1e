/** Something read from the hub, read again when it says that there is something new. */
import { untrack } from "svelte";
import type { Problem } from "../core/types";
import { problemOf } from "../state/problem";
import { Soon } from "../sync/soon";
import { sync } from "../sync/sync.svelte";

/** Several hints in a row are answered once, milliseconds. */
const PAUSE_MS = 1_000;

/**
 * Reads for as long as a component is: anew whenever what is asked for changes, and again when the network is back. What was
 * read stays while there is none.
 */
export function reading(anew: () => void, again: () => void): void {
  let wasOffline = false;
  $effect(anew);
  $effect(() => {
    if (sync.online && wasOffline) untrack(again);
    wasOffline = !sync.online;
  });
}

export class FromHub<T> {
  value = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | null>(null);
  readAt = $state<number | null>(null);
  private turn = 0;
  private underway = 0;
  private readonly soon = new Soon(PAUSE_MS, () => this.readNews());
  private hints = sync.hints;

  /** To be made while a component is. `load` names what it depends on before it waits. */
  constructor(private readonly load: () => Promise<T>) {
    reading(
      () => {
        // What was asked before must not stand under another name.
        [this.value, this.readAt] = [undefined, null];
        void this.read();
      },
      () => void this.read(),
    );
    $effect(() => {
      if (sync.hints === this.hints) return;
      this.hints = sync.hints;
      this.soon.ask();
    });
  }

  async read(): Promise<void> {
    const turn = ++this.turn;
    this.underway += 1;
    try {
      const value = await this.load();
      if (turn === this.turn) [this.value, this.problem, this.readAt] = [value, null, Date.now()];
    } catch (error) {
      if (turn === this.turn) this.problem = problemOf(error);
    } finally {
      this.underway -= 1;
    }
  }

  /** An answer that is on its way is waited for: where hints come faster than answers, none would ever be the newest. */
  private readNews(): void {
    if (this.underway > 0) this.soon.ask();
    else void this.read();
  }
}
