/** Days as the campaign writes them (`2025-07-01`) and as people in Việt Nam do (`01/07/2025`). */

/** `2025-07-01` as `01/07/2025`; anything else as it is. */
export function day(iso: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : iso;
}

/** `1/7/2025`, `01-07-2025` or `01072025` as `2025-07-01`; `null` if that is no day. */
export function parseDay(text: string): string | null {
  const parts = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(text) ?? /^\s*(\d{2})(\d{2})(\d{4})\s*$/.exec(text);
  if (!parts) return null;
  const [date, month, year] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const made = new Date(Date.UTC(year, month - 1, date));
  const exists = made.getUTCFullYear() === year && made.getUTCMonth() === month - 1 && made.getUTCDate() === date;
  return exists ? made.toISOString().slice(0, 10) : null;
}

/** Puts the slashes in while digits are typed, and leaves alone what already has a separator of its own. */
export function withSlashes(text: string): string {
  const digits = text.replace(/\//g, "");
  if (!/^\d*$/.test(digits) || digits.length > 8 || /^\d\//.test(text)) return text;
  return [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)].filter(Boolean).join("/");
}
