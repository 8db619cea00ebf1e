/** What the person who is in may administer, as the hub says. Read when it is first wanted; kept for them alone. */
import type { Problem } from "../core/types";
import { fromHub } from "../hub";
import { problemOf } from "../state/problem";
import { session } from "../state/session.svelte";
import { readingProblem } from "./ask";
import type { Duties as Told, Duty } from "./types";

class Duties {
  problem = $state.raw<Problem | null>(null);
  private known = $state.raw<{ person: string; told: Told } | null>(null);
  private reading: string | null = null;

  /** None as long as the hub has not said. */
  get told(): Told | null {
    return this.known && this.known.person === session.me?.person ? this.known.told : null;
  }

  get any(): boolean {
    return Object.values(this.told?.duties ?? {}).some((units) => units.length > 0);
  }

  has(duty: Duty): boolean {
    return (this.told?.duties[duty] ?? []).length > 0;
  }

  /** Reads them unless they are known. */
  async look(campaign: string): Promise<void> {
    if (!this.told) await this.read(campaign);
  }

  async read(campaign: string): Promise<void> {
    const person = session.me?.person;
    if (!person || this.reading === person) return;
    this.reading = person;
    try {
      this.known = { person, told: await fromHub<Told>(campaign, "/duties") };
      this.problem = null;
    } catch (error) {
      this.problem = readingProblem(problemOf(error));
    } finally {
      this.reading = null;
    }
  }
}

export const duties = new Duties();
