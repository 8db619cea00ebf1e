/** When this device synchronises, and what is known of it. Says nothing that the core has not said. */
import { call, live, subscribe } from "$core";
import type { Problem, Summary, SyncReport } from "../core/types";
import { problemOf } from "../state/problem";
import { session } from "../state/session.svelte";
import { Soon } from "./soon";

/** How long one sync may take, milliseconds: longer than the core waits for one answer, so that a slow line gets its time. */
const DEADLINE_MS = 240_000;
/** In the foreground, milliseconds between two syncs that nothing else asked for. */
const EVERY_MS = 4 * 60_000;
/** After a save, milliseconds until it goes out: several saves in a row go together. */
const SOON_MS = 1_500;

class Sync {
  running = $state(false);
  online = $state(typeof navigator === "undefined" || navigator.onLine);
  summary = $state.raw<Summary | null>(null);
  /** Of the last sync that came to its end. */
  report = $state.raw<SyncReport | null>(null);
  /** What stopped the last one, if something did. */
  problem = $state.raw<Problem | null>(null);
  /** How often the hub has said that there is something new in scope. */
  hints = $state(0);
  /** By how much this device's clock is ahead of the hub's, milliseconds, as of the last contact; unknown before the first. */
  clockAhead = $state<number | null>(null);
  private readonly waiting = new Soon(SOON_MS, () => void this.now());
  private underway: Promise<boolean> | null = null;
  private again = false;
  private endLive: (() => void) | null = null;

  /** Begins to listen; once, when the page starts. */
  start(): void {
    addEventListener("online", () => this.network(true));
    addEventListener("offline", () => this.network(false));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.soon());
    navigator.serviceWorker?.addEventListener("message", (event) => {
      if (event.data === "sync") void this.woken(event.ports[0]);
    });
    setInterval(() => document.visibilityState === "visible" && void this.now(), EVERY_MS);
    subscribe((event) => {
      if (event.kind === "changed" || event.kind === "sync") void this.readSummary();
      if (event.kind === "locked") this.closed();
    });
  }

  /** Somebody's store was opened. */
  opened(): void {
    void this.readSummary();
    this.endLive ??= live((isOwner) => {
      this.hints += 1;
      if (isOwner) this.soon();
    });
    this.soon();
  }

  closed(): void {
    this.endLive?.();
    this.endLive = null;
    [this.summary, this.report, this.problem] = [null, null, null];
  }

  /** Something is to be sent or fetched, but not this very moment. */
  soon(): void {
    this.waiting.ask();
  }

  /**
   * Says whether a sync came to its end; where one is under way, that one. `woken`: the browser has this page do it, and asks
   * again by itself if it fails.
   */
  now({ woken } = { woken: false }): Promise<boolean> {
    if (session.phase !== "open" || !session.me?.joined || session.me.revoked) return Promise.resolve(false);
    if (this.underway) this.again = true;
    return (this.underway ??= this.run(woken));
  }

  private async run(woken: boolean): Promise<boolean> {
    this.running = true;
    try {
      this.report = await this.untilAgreed();
      this.problem = null;
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      if (!woken) void askToBeWoken();
      return false;
    } finally {
      this.running = false;
      await this.readSummary();
      if (!this.problem && this.summary?.last_sync_ms) this.clockAhead = Date.now() - this.summary.last_sync_ms;
      if (this.again) this.soon();
      [this.underway, this.again] = [null, false];
    }
  }

  private async woken(answer: MessagePort | undefined): Promise<void> {
    answer?.postMessage((await this.now({ woken: true })) ? "done" : "failed");
  }

  async readSummary(): Promise<void> {
    if (session.phase !== "open") return;
    this.summary = await call("summary", {}).catch(() => null);
  }

  /** One sync after another while there is more, told as one. */
  private async untilAgreed(): Promise<SyncReport> {
    let whole = await call("sync", { deadline_ms: DEADLINE_MS });
    while (whole.more && session.phase === "open") {
      whole = together(whole, await call("sync", { deadline_ms: DEADLINE_MS }));
    }
    return whole;
  }

  private network(online: boolean): void {
    this.online = online;
    if (online) this.soon();
  }
}

function together(one: SyncReport, next: SyncReport): SyncReport {
  const sum = { ...next };
  for (const key of Object.keys(one) as (keyof SyncReport)[]) {
    const [a, b] = [one[key], next[key]];
    if (typeof a === "number" && typeof b === "number") (sum as Record<string, unknown>)[key] = a + b;
  }
  return sum;
}

/** Background Sync, where the browser has it: wakes this page when there is a network again. */
async function askToBeWoken(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  const { sync } = (registration ?? {}) as { sync?: { register(tag: string): Promise<void> } };
  await sync?.register("send").catch(() => undefined);
}

export const sync = new Sync();
