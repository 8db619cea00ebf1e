/**
 * The app's own versions. A new one is fetched in the background and takes over only when the person says so. Saved work lies in
 * the store, which no update touches; what is being typed is kept as a draft first.
 */
import { Workbox } from "workbox-window";
import { typing } from "./typing";

/** Milliseconds between two looks for a new version while the page stays open. */
const LOOK_EVERY_MS = 60 * 60_000;

class Updates {
  ready = $state(false);
  postponed = $state(false);

  async watch(): Promise<void> {
    if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
    const workbox = new Workbox("/sw.js", { scope: "/" });
    workbox.addEventListener("waiting", () => ([this.ready, this.postponed] = [true, false]));
    await workbox.register().catch(() => undefined);
    setInterval(() => void workbox.update().catch(() => undefined), LOOK_EVERY_MS);
  }

  /** Loads the new version; not where a draft could not be kept, which the form says. */
  async take(): Promise<void> {
    if (!(await typing.keep())) return;
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    const registration = await navigator.serviceWorker.getRegistration();
    registration?.waiting?.postMessage("take over");
  }
}

export const updates = new Updates();
