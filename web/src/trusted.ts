/**
 * The page runs under `require-trusted-types-for 'script'`. What it starts are its worker and its service worker, both from
 * its own origin: this policy lets these through, wherever they are started, and nothing else.
 */
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string | null }): unknown;
}

const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;

factory?.createPolicy("default", {
  createScriptURL: (url) => (new URL(url, location.href).origin === location.origin ? url : null),
});
