/**
 * Small things that this browser remembers between visits, nothing personal. Where it lets a page keep nothing, or has no room,
 * they last as long as the page.
 */
const meanwhile = new Map<string, string>();

export function remembered(key: string): string | null {
  try {
    return meanwhile.get(key) ?? localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
    meanwhile.delete(key);
  } catch {
    meanwhile.set(key, value);
  }
}

/** The same for what is no plain text; nothing where that cannot be read. */
export function rememberedJson(key: string): unknown {
  try {
    return JSON.parse(remembered(key) ?? "null");
  } catch {
    return null;
  }
}
