/** Something read from the core that is read again whenever the store changes or what it is asked with does. */
import type { Problem } from "../core/types";
import { problemOf } from "./problem";
import { session } from "./session.svelte";

export class Loaded<T> {
  value = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | null>(null);
  private turn = 0;

  /** To be made while a component is: it reads as long as that lives. `load` names what it depends on before it waits. */
  constructor(private readonly load: () => Promise<T>) {
    $effect(() => {
      void session.revision;
      void this.read();
    });
  }

  async read(): Promise<void> {
    const turn = ++this.turn;
    try {
      const value = await this.load();
      // An older answer that comes late is not shown.
      if (turn === this.turn) [this.value, this.problem] = [value, null];
    } catch (error) {
      if (turn !== this.turn) return;
      this.problem = problemOf(error);
      // What is no longer on the device is no longer shown as if it were.
      if (this.problem.code === "unknown_record") this.value = undefined;
    }
  }
}
