/** Something an administrator does at the hub: what it says is kept, and what is shown is read again either way. */
import type { Problem } from "../core/types";
import { problemOf } from "../state/problem";
import { sync } from "../sync/sync.svelte";
import { order } from "./ask";
import { duties } from "./duties.svelte";
import type { CommandName, Commands } from "./types";

export class Deed {
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);

  /** `again` reads what the deed may have changed. */
  constructor(
    private readonly campaign: string,
    private readonly again: () => Promise<unknown>,
  ) {}

  /** The hub's answer; none if it was not done, or if nobody knows. */
  async run<K extends CommandName>(command: K, fields: Commands[K][0]): Promise<Commands[K][1] | undefined> {
    if (this.busy) return undefined;
    [this.busy, this.problem] = [true, null];
    try {
      const answer = await order(this.campaign, command, fields);
      // What was signed reaches this device as everybody else's, and may have changed what its member administers.
      sync.soon();
      void duties.read(this.campaign);
      return answer;
    } catch (error) {
      this.problem = problemOf(error);
      return undefined;
    } finally {
      await this.again();
      this.busy = false;
    }
  }

  /** A new question is asked: what the last one came to is no longer said. */
  forget(): void {
    this.problem = null;
  }
}
