/**
 * The policy under which the page is served. The hub sends the same; `vite preview` sends it so that a page that would
 * break under it breaks here first.
 *
 * `svelte-trusted-html` is Svelte's own policy for its compiled templates. `default` is ours (`src/trusted.ts`): it lets
 * the page start its worker and its service worker, and nothing else.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types svelte-trusted-html default",
].join("; ");
