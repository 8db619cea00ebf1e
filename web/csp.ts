import { readFileSync } from "node:fs";

/**
 * The policy under which the page is served: the hub sends it, and `vite preview` too, so that a page that would break
 * under it breaks here first.
 *
 * `svelte-trusted-html` is Svelte's own policy for its compiled templates. `default` is ours (`src/trusted.ts`): it lets
 * the page start its worker and its service worker, and nothing else.
 */
export const contentSecurityPolicy = readFileSync(new URL("content-security-policy.txt", import.meta.url), "utf8")
  .trim()
  .replaceAll("\n", "; ");
