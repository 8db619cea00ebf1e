/** What calls do, as far as whoever passes them on must know. */
import type { CallName } from "./types.ts";

/** Calls that make changes of records. */
const WRITING: readonly CallName[] = ["create", "edit", "resolve", "withdraw", "move_to", "same_as", "import_bundle"];

/** Calls that write, or whose repetition would cost something: not done again where their answer was lost. */
export const ONCE: ReadonlySet<CallName> = new Set([
  ...WRITING,
  "enrol",
  "unlock",
  "change_pin",
  "finish_reset",
  "remove",
  "wipe",
]);

/** After these the store may hold something else, whether they failed or not: a save that fails keeps a draft. */
export const CHANGING: ReadonlySet<CallName> = new Set([...WRITING, "enrol", "unlock", "join", "drop_draft", "give_up", "seen"]);
