/**
 * The app's own versions. A new one is fetched in the background and takes over only when the person says so, in every window at
 * once: the window where that was said loads anew, the others say that they should. Saved work lies in the store, which no update
 * touches; what is being typed is kept as a draft first.
 */
import { Workbox } from "workbox-window";
import { text } from "../text/text.svelte";
import { toast } from "./toast.svelte";
import { typing } from "./typing";

/** Milliseconds between two looks for a new version while the page stays open. */
const LOOK_EVERY_MS = 60 * 60_000;

class Updates {
  /** A new version waits, or has come in already. */
  ready = $state(false);
  /** It has come in through another window: this one is of the version before. */
  cameIn = $state(false);
  postponed = $state(false);
  private taking = false;

  async watch(): Promise<void> {
    if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
    navigator.serviceWorker.addEventListener("controllerchange", () => this.changed());
    const workbox = new Workbox("/sw.js", { scope: "/" });
    workbox.addEventListener("waiting", () => ([this.ready, this.postponed] = [true, false]));
    await workbox.register().catch(() => undefined);
    setInterval(() => void workbox.update().catch(() => undefined), LOOK_EVERY_MS);
  }

  /** Loads the newest version; not where something that was typed could not be kept, which is said. */
  async take(): Promise<void> {
    if (!(await typing.keep())) {
      toast.say(text().app.updateNotKept);
      return;
    }
    const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
    this.taking = true;
    if (registration?.waiting) registration.waiting.postMessage("take over");
    else location.reload();
  }

  private changed(): void {
    if (this.taking) location.reload();
    else [this.ready, this.cameIn, this.postponed] = [true, true, false];
  }
}

export const updates = new Updates();
