/// <reference lib="webworker" />
/**
 * Keeps the whole app on the device, the core's wasm included, so that it opens without a network. It never caches what
 * the hub answers: that is the core's business, and encrypted.
 */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from "workbox-precaching";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] };

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();

const shell = createHandlerBoundToURL("/index.html");

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isPage = request.mode === "navigate" && !new URL(request.url).pathname.startsWith("/api/");
  if (isPage) event.respondWith(shell({ request, event, url: new URL(request.url) }));
});

// The page decides when the new version takes over: never while something is being typed.
self.addEventListener("message", (event) => {
  if (event.data === "take over") void self.skipWaiting();
});

/**
 * Background Sync: the browser says there is a network again. The store is locked to the page, so a page does it. Where none is
 * open, or none could, this fails, and the browser tries again by itself, later each time.
 */
self.addEventListener("sync", (event) => {
  const woken = event as ExtendableEvent & { tag: string };
  if (woken.tag === "send") woken.waitUntil(askPages());
});

async function askPages(): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  await Promise.any(pages.map(ask));
}

function ask(page: Client): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((done, failed) => {
    port1.onmessage = ({ data }) => (data === "done" ? done() : failed(new Error("this page could not")));
    page.postMessage("sync", [port2]);
  });
}
