/** How the page looks and speaks on this browser. Nothing personal: it is read before anybody is known. */
import type { Language } from "../text/language";

export type TextSize = "normal" | "large" | "larger";
export type Theme = "auto" | "light" | "dark" | "contrast";

const KEY = "dongbo.settings";
/** What the device is set to, where there is one: this page also runs in tests without. */
const dark = typeof matchMedia === "undefined" ? undefined : matchMedia("(prefers-color-scheme: dark)");

interface Stored {
  language: Language;
  size: TextSize;
  theme: Theme;
}

function stored(): Partial<Stored> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Stored>;
  } catch {
    return {};
  }
}

class Settings {
  language = $state<Language>("vi");
  size = $state<TextSize>("normal");
  theme = $state<Theme>("auto");

  constructor() {
    const { language, size, theme } = stored();
    if (language === "en") this.language = language;
    if (size) this.size = size;
    if (theme) this.theme = theme;
    this.apply();
    dark?.addEventListener("change", () => this.apply());
  }

  set(change: Partial<Stored>): void {
    Object.assign(this, change);
    const { language, size, theme } = this;
    localStorage.setItem(KEY, JSON.stringify({ language, size, theme }));
    this.apply();
  }

  private apply(): void {
    if (typeof document === "undefined") return;
    const root = document.documentElement;
    root.lang = this.language;
    root.dataset.size = this.size;
    root.dataset.theme = this.theme === "auto" && dark?.matches ? "dark" : this.theme;
  }
}

export const settings = new Settings();
