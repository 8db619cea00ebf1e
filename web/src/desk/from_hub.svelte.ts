/** Something read from the hub, read again when it says that there is something new. */
import type { Problem } from "../core/types";
import { problemOf } from "../state/problem";
import { sync } from "../sync/sync.svelte";

/** Several hints in a row are answered once, milliseconds. */
const PAUSE_MS = 1_000;

export class FromHub<T> {
  value = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | null>(null);
  readAt = $state<number | null>(null);
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hints = sync.hints;

  /** To be made while a component is. `load` names what it depends on before it waits. */
  constructor(private readonly load: () => Promise<T>) {
    $effect(() => {
      if (sync.online) void this.read();
    });
    $effect(() => {
      if (sync.hints === this.hints) return;
      this.hints = sync.hints;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.read(), PAUSE_MS);
    });
  }

  async read(): Promise<void> {
    const turn = ++this.turn;
    try {
      const value = await this.load();
      if (turn === this.turn) [this.value, this.problem, this.readAt] = [value, null, Date.now()];
    } catch (error) {
      if (turn === this.turn) this.problem = problemOf(error);
    }
  }
}
