/**
 * The policy under which the page is served. The hub sends the same file; `vite preview` sends it so that a page that would
 * break under it breaks here first.
 *
 * `svelte-trusted-html` is Svelte's own policy for its compiled templates. `default` is ours (`src/trusted.ts`): it lets
 * the page start its worker and its service worker, and nothing else.
 */
import { readFileSync } from "node:fs";

const lines = readFileSync(new URL("./content-security-policy.txt", import.meta.url), "utf8").trim().split("\n");

export const contentSecurityPolicy = lines.join("; ");
