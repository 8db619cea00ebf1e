/**
 * What the page asks the core.
 *
 * A store has one writer, so one tab owns it: the one that holds the lock. The others send it their calls, and one of them
 * takes over when it closes. A call that writes is never done twice: it has an id, which the owner remembers; where the
 * owner closed before it answered, the call fails with `interrupted` and is not repeated.
 */
import { ONCE } from "./calls.ts";
import { readHints } from "./live.ts";
import { type CoreEvent, Owner } from "./owner.ts";
import { problem } from "./problem.ts";
import type { Arguments, CallName, Problem, Result } from "./types.ts";

export type { CoreEvent } from "./owner.ts";

/** The name of the lock, and of the channel between tabs. */
const NAME = "dongbo";

/** A tab that does not take a call within this time is asleep. It does not take it later either. */
const TAKEN_MS = 5_000;

interface Asked {
  id: string;
  name: CallName;
  args: Arguments<CallName>;
}

/** What goes from tab to tab. */
type Message =
  | ({ kind: "call"; from: string; sent_ms: number } & Asked)
  | { kind: "taken"; to: string; id: string }
  | { kind: "answer"; to: string; id: string; result?: unknown; problem?: Problem; person: string | null }
  | { kind: "event"; event: CoreEvent; person: string | null };

interface Waiting extends Asked {
  is_taken: boolean;
  resolve: (result: never) => void;
  reject: (problem: Problem) => void;
}

class Tab {
  private readonly id = crypto.randomUUID();
  private readonly channel = new BroadcastChannel(NAME);
  private readonly listeners = new Set<(event: CoreEvent) => void>();
  private readonly waiting = new Map<string, Waiting>();
  private owner: Owner | undefined;
  private own: () => void = () => undefined;
  /** Until this tab owns the store. */
  readonly owns = new Promise<void>((own) => {
    this.own = own;
  });
  /** Why this browser gives no store to any tab. */
  private refused: Problem | undefined;
  /** Whose store is open, as the owner last said. */
  private person: string | null = null;

  constructor() {
    this.channel.onmessage = ({ data }: MessageEvent<Message>) => this.heard(data);
    // Held as long as this tab is there; the browser hands it on whatever becomes of the tab.
    const held = navigator.locks.request(NAME, () => {
      this.takeOver();
      return new Promise(() => undefined);
    });
    held.catch((error: unknown) => this.refuse(problem("store_unavailable", "everything", String(error))));
  }

  call<K extends CallName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    const id = crypto.randomUUID();
    if (this.refused) return Promise.reject(this.refused);
    if (this.owner) return this.owner.call(id, name, args);
    return new Promise((resolve, reject) => this.send({ id, name, args, is_taken: false, resolve, reject }));
  }

  subscribe(listener: (event: CoreEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private send(waiting: Waiting): void {
    const { id, name, args } = waiting;
    this.waiting.set(id, { ...waiting, is_taken: false });
    this.post({ kind: "call", from: this.id, sent_ms: Date.now(), id, name, args });
    setTimeout(() => {
      if (this.waiting.get(id)?.is_taken !== false) return;
      this.waiting.delete(id);
      waiting.reject(problem("store_already_open", "everything"));
    }, TAKEN_MS);
  }

  private heard(message: Message): void {
    if (message.kind === "event") this.happened(message.event, message.person);
    else if (message.kind === "call") this.takeUp(message);
    else if (message.to === this.id) this.answered(message);
  }

  private happened(event: CoreEvent, person: string | null): void {
    this.person = person;
    if (event.kind === "owner") this.sendAgain(this.send.bind(this));
    for (const listener of this.listeners) listener(event);
  }

  /** Another tab's call, where this one owns the store. */
  private takeUp({ from, sent_ms, id, name, args }: Message & { kind: "call" }): void {
    const { owner } = this;
    if (!owner || Math.abs(Date.now() - sent_ms) > TAKEN_MS) return;
    this.post({ kind: "taken", to: from, id });
    const answer = { kind: "answer", to: from, id } as const;
    owner.call(id, name, args).then(
      (result) => this.post({ ...answer, result, person: owner.person }),
      (problem: Problem) => this.post({ ...answer, problem, person: owner.person }),
    );
  }

  private answered(message: Message & { kind: "taken" | "answer" }): void {
    const waiting = this.waiting.get(message.id);
    if (!waiting) return;
    if (message.kind === "taken") {
      waiting.is_taken = true;
      return;
    }
    this.waiting.delete(message.id);
    this.person = message.person;
    if (message.problem) waiting.reject(message.problem);
    else waiting.resolve(message.result as never);
  }

  private refuse(refused: Problem): void {
    this.refused = refused;
    for (const { reject } of this.waiting.values()) reject(refused);
    this.waiting.clear();
  }

  private takeOver(): void {
    const owner = new Owner(this.person, (event) => this.tell(event));
    this.owner = owner;
    this.own();
    this.sendAgain(({ id, name, args, resolve, reject }) => {
      owner.call(id, name, args).then((result) => resolve(result as never), reject);
    });
    this.tell({ kind: "owner" });
  }

  /** The owner is another: what it never took is asked again, and what was only to be read. */
  private sendAgain(send: (waiting: Waiting) => void): void {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const call of waiting) {
      if (call.is_taken && ONCE.has(call.name)) call.reject(problem("interrupted", "on_this_device"));
      else send(call);
    }
  }

  get isOwner(): boolean {
    return this.owner !== undefined;
  }

  /** Says it to every tab. */
  tell(event: CoreEvent): void {
    this.person = this.owner?.person ?? null;
    this.post({ kind: "event", event, person: this.person });
    for (const listener of this.listeners) listener(event);
  }

  private post(message: Message): void {
    this.channel.postMessage(message);
  }
}

/** Locks and ids are for secure pages only, and a browser may refuse them; without them nothing here can be kept safely. */
function openTab(): Tab | undefined {
  try {
    return "randomUUID" in crypto && navigator.locks ? new Tab() : undefined;
  } catch {
    return undefined;
  }
}
const tab = openTab();

/** Asks the core. Fails with a {@link Problem}. */
export async function call<K extends CallName>(name: K, args: Arguments<K>): Promise<Result<K>> {
  if (!tab) throw problem("store_unavailable", "everything");
  const result = await tab.call(name, args);
  // A browser that is short of space forgets what it was not asked to keep. It may ask the person, so only now.
  if (name === "enrol") void navigator.storage?.persist?.();
  return result;
}

/** Hears what happens, in whichever tab. */
export function subscribe(listener: (event: CoreEvent) => void): () => void {
  return tab?.subscribe(listener) ?? (() => undefined);
}

/**
 * Hears from the hub that there is something new, until the function it gives is called. A hint only: a sync brings it. One
 * tab listens, the one that owns the store, and tells the others; `isOwner`: this is the one, and has the sync to do.
 */
export function live(onHint: (isOwner: boolean) => void): () => void {
  if (!tab) return () => undefined;
  const end = new AbortController();
  const off = tab.subscribe((event) => event.kind === "hint" && onHint(tab.isOwner));
  void tab.owns.then(() => readHints(call, () => tab.tell({ kind: "hint" }), end.signal));
  return () => {
    off();
    end.abort();
  };
}
