/** What calls do, as far as whoever passes them on must know. */
import type { CallName } from "./types.ts";

/** Calls that write, or whose repetition would cost something: not done again where their answer was lost. */
export const ONCE: ReadonlySet<CallName> = new Set([
  "enrol",
  "unlock",
  "change_pin",
  "finish_reset",
  "remove",
  "create",
  "edit",
  "resolve",
  "withdraw",
  "move_to",
  "same_as",
  "import_bundle",
  "wipe",
]);

/** After these the store may hold something else, whether they failed or not: a save that fails keeps a draft. */
export const CHANGING: ReadonlySet<CallName> = new Set([
  "enrol",
  "unlock",
  "join",
  "create",
  "edit",
  "resolve",
  "withdraw",
  "move_to",
  "same_as",
  "drop_draft",
  "seen",
  "import_bundle",
]);
