/** The forms used lately on this browser, the last one first: ids, nothing else. */
import { remember, rememberedJson } from "../state/remembered";

const KEY = "dongbo.forms";
const KEPT_MAX = 2;

export function lastForms(): string[] {
  const stored = rememberedJson(KEY);
  return Array.isArray(stored) ? stored.filter((form) => typeof form === "string").slice(0, KEPT_MAX) : [];
}

export function rememberForm(form: string): void {
  const others = lastForms().filter((one) => one !== form);
  remember(KEY, JSON.stringify([form, ...others].slice(0, KEPT_MAX)));
}
