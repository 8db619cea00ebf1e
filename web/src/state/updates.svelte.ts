/**
 * The app's own versions. A new one is fetched in the background and takes over only when the person says so. Saved work lies in
 * the store, which no update touches; what is being typed is kept as a draft first.
 */
import { Workbox } from "workbox-window";

/** Milliseconds between two looks for a new version while the page stays open. */
const LOOK_EVERY_MS = 60 * 60_000;

class Updates {
  ready = $state(false);
  postponed = $state(false);
  private readonly before = new Set<() => Promise<void>>();

  async watch(): Promise<void> {
    if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
    const workbox = new Workbox("/sw.js", { scope: "/" });
    workbox.addEventListener("waiting", () => ([this.ready, this.postponed] = [true, false]));
    await workbox.register().catch(() => undefined);
    setInterval(() => void workbox.update().catch(() => undefined), LOOK_EVERY_MS);
  }

  /** What must be done before the page may be loaded anew. Gives back what takes it off. */
  first(work: () => Promise<void>): () => void {
    this.before.add(work);
    return () => this.before.delete(work);
  }

  async take(): Promise<void> {
    await Promise.all([...this.before].map((work) => work()));
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    const registration = await navigator.serviceWorker.getRegistration();
    registration?.waiting?.postMessage("take over");
  }
}

export const updates = new Updates();
