/** The tab that owns the replica: its worker, who is open in it, and what was asked lately. */
import { CHANGING } from "./calls.ts";
import { Engine } from "./engine.ts";
import { isProblem } from "./problem.ts";
import type { Arguments, CallName, Result, SyncReport } from "./types.ts";

/** Something happened that every tab wants to know. */
export type CoreEvent =
  /** What the store holds may have changed. */
  | { kind: "changed" }
  /** A sync began or ended. */
  | { kind: "sync" }
  /** Nobody's store is open any more: the PIN is to be asked for. */
  | { kind: "locked" }
  /** Another tab owns the store now. */
  | { kind: "owner" }
  /** The hub says that there is something new. */
  | { kind: "hint" };

/** Answers that are remembered, so that a call that is asked again is not done again. */
const REMEMBERED = 512;

export class Owner {
  private readonly engine = new Engine(() => void this.reopen());
  private readonly answers = new Map<string, Promise<unknown>>();
  private syncing: Promise<SyncReport> | undefined;
  private ready: Promise<void>;

  /** `person`: whose store was open in the tab that owned it before. */
  constructor(
    public person: string | null,
    private readonly tell: (event: CoreEvent) => void,
  ) {
    this.ready = this.reopened();
  }

  /** Does what is asked; asked again under the same id, it gives the same answer. */
  call<K extends CallName>(id: string, name: K, args: Arguments<K>): Promise<Result<K>> {
    const known = this.answers.get(id);
    if (known) return known as Promise<Result<K>>;
    const answer = this.ready.then(() => this.run(name, args));
    this.answers.set(id, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > REMEMBERED && oldest !== undefined) this.answers.delete(oldest);
    return answer;
  }

  private async run<K extends CallName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    if (name === "sync") return (await this.sync(args as Arguments<"sync">)) as Result<K>;
    try {
      const result = await this.engine.call(name, args);
      if (name === "enrol" || name === "unlock") this.person = (result as Result<"unlock">).person;
      if (name === "lock" || name === "wipe") this.closed();
      return result;
    } catch (error) {
      this.failed(error);
      throw error;
    } finally {
      if (CHANGING.has(name)) this.tell({ kind: "changed" });
    }
  }

  /** One at a time: who asks meanwhile waits for the same. */
  private sync(args: Arguments<"sync">): Promise<SyncReport> {
    this.syncing ??= this.begin(args).finally(() => {
      this.syncing = undefined;
      this.tell({ kind: "sync" });
    });
    return this.syncing;
  }

  private async begin(args: Arguments<"sync">): Promise<SyncReport> {
    this.tell({ kind: "sync" });
    try {
      const report = await this.engine.call("sync", args);
      const { admitted, held, undecided, received, dropped, statements } = report;
      if (admitted + held + undecided + received + dropped + statements > 0) this.tell({ kind: "changed" });
      return report;
    } catch (error) {
      this.failed(error);
      this.tell({ kind: "changed" });
      throw error;
    }
  }

  private failed(error: unknown): void {
    if (this.person && isProblem(error) && error.code === "wiped") this.closed();
  }

  private closed(): void {
    this.person = null;
    this.tell({ kind: "locked" });
  }

  private async reopen(): Promise<void> {
    this.ready = this.reopened();
    await this.ready;
  }

  /** Opens again what was open, unless that takes a PIN: its key went with the worker. */
  private async reopened(): Promise<void> {
    const { person } = this;
    if (!person) return;
    try {
      const known = (await this.engine.call("people", {})).find(({ id }) => id === person);
      if (!known?.needs_pin) {
        await this.engine.call("unlock", { person });
        return;
      }
    } catch {
      // What is wrong is said to whoever calls next.
    }
    this.closed();
  }
}
