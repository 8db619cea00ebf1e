/** A list of the hub's, page by page. What is shown stays where it is: news is said, and read again when asked. */
import { untrack } from "svelte";
import type { Problem } from "../core/types";
import { problemOf } from "../state/problem";
import { sync } from "../sync/sync.svelte";
import { reading } from "./from_hub.svelte";

export class Pages<P extends { next: string | null }> {
  pages = $state.raw<P[]>([]);
  problem = $state.raw<Problem | null>(null);
  readAt = $state<number | null>(null);
  private hints = $state(sync.hints);
  private turn = 0;

  /** To be made while a component is. `load` names what it depends on before it waits. */
  constructor(private readonly load: (after: string | undefined) => Promise<P>) {
    reading(
      () => {
        // What was asked before must not stand under another name.
        [this.pages, this.readAt] = [[], null];
        void this.read();
      },
      () => void this.read(),
    );
  }

  get hasMore(): boolean {
    return Boolean(this.pages.at(-1)?.next);
  }

  /** Whether the hub has said since that there is something new. */
  get hasNews(): boolean {
    return sync.hints !== this.hints;
  }

  /** From the beginning. */
  async read(): Promise<void> {
    const hints = untrack(() => sync.hints);
    await this.take(this.load(undefined), (page) => {
      [this.pages, this.readAt, this.hints] = [[page], Date.now(), hints];
    });
  }

  async more(): Promise<void> {
    const after = this.pages.at(-1)?.next;
    if (after) await this.take(this.load(after), (page) => (this.pages = [...this.pages, page]));
  }

  private async take(asked: Promise<P>, put: (page: P) => void): Promise<void> {
    const turn = ++this.turn;
    try {
      const page = await asked;
      if (turn !== this.turn) return;
      put(page);
      this.problem = null;
    } catch (error) {
      if (turn === this.turn) this.problem = problemOf(error);
    }
  }
}
