/** The page's words in the language that was chosen. */
import type { Localised } from "../core/types";
import { settings } from "../state/settings.svelte";
import { en } from "./en";
import { vi, type Catalogue } from "./vi";

/** The catalogue in use. Reading it in a template follows a change of language. */
export function text(): Catalogue {
  return settings.language === "en" ? en : vi;
}

/** The side of a two-language text that is read now. */
export function local(both: Localised): string {
  return both[settings.language] || both.vi;
}
