/** How the page looks and speaks on this browser. Nothing personal: it is read before anybody is known. */
import { flushSync } from "svelte";
import type { Language } from "../text/language";
import { remember, rememberedJson } from "./remembered";

export type TextSize = "normal" | "large" | "larger";
export type Look = "light" | "dark" | "contrast";
export type Theme = "auto" | Look;

/** After how many minutes without a touch a store behind a PIN is locked; 0: never. */
export const LOCK_MINUTES = [0, 5, 15, 60] as const;
export type LockMinutes = (typeof LOCK_MINUTES)[number];

const KEY = "dongbo.settings";
/** What the device is set to, where there is one: this page also runs in tests without. */
const dark = typeof matchMedia === "undefined" ? undefined : matchMedia("(prefers-color-scheme: dark)");

interface Stored {
  language: Language;
  size: TextSize;
  theme: Theme;
  lockAfter: LockMinutes;
}

class Settings {
  language = $state<Language>("vi");
  size = $state<TextSize>("normal");
  theme = $state<Theme>("auto");
  lockAfter = $state<LockMinutes>(15);
  /** The theme as it is shown now: of the device, where it follows that; on paper always the light one. */
  look = $state<Look>("light");
  private onPaper = false;

  constructor() {
    const { language, size, theme, lockAfter } = (rememberedJson(KEY) ?? {}) as Partial<Stored>;
    if (language === "en") this.language = language;
    if (size) this.size = size;
    if (theme) this.theme = theme;
    if (lockAfter !== undefined && LOCK_MINUTES.includes(lockAfter)) this.lockAfter = lockAfter;
    this.apply();
    dark?.addEventListener("change", () => this.apply());
    if (typeof window === "undefined") return;
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  set(change: Partial<Stored>): void {
    Object.assign(this, change);
    const { language, size, theme, lockAfter } = this;
    remember(KEY, JSON.stringify({ language, size, theme, lockAfter }));
    this.apply();
  }

  /** The paper is laid out as soon as this returns: charts are drawn anew before. */
  private print(onPaper: boolean): void {
    this.onPaper = onPaper;
    flushSync(() => this.apply());
  }

  private apply(): void {
    const chosen = this.theme === "auto" ? (dark?.matches ? "dark" : "light") : this.theme;
    this.look = this.onPaper ? "light" : chosen;
    if (typeof document === "undefined") return;
    const root = document.documentElement;
    root.lang = this.language;
    root.dataset.size = this.size;
    root.dataset.theme = this.look;
  }
}

export const settings = new Settings();
