/** The forms used lately on this browser, the last one first: ids, nothing else. */
const KEY = "dongbo.forms";
const KEPT_MAX = 2;

export function lastForms(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((form) => typeof form === "string").slice(0, KEPT_MAX) : [];
  } catch {
    return [];
  }
}

export function rememberForm(form: string): void {
  const others = lastForms().filter((one) => one !== form);
  localStorage.setItem(KEY, JSON.stringify([form, ...others].slice(0, KEPT_MAX)));
}
