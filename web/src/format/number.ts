/** Numbers as Vietnamese offices write them: `1.234,5`. */

const whole = new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 0 });

/** A whole number with points between the thousands. */
export function integer(value: number): string {
  return whole.format(value);
}

/** A decimal as the campaign keeps it (`1234.5`) as `1.234,5`, without losing a digit. */
export function decimal(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!parts) return text;
  const thousands = (parts[2] ?? "").replace(/\B(?=(\d{3})+(?!\d))/g, ".");
  return `${parts[1]}${thousands}${parts[3] ? `,${parts[3]}` : ""}`;
}

/** What somebody typed (`1.234,5`, `12,5`, `12.5`) as the campaign keeps it; `null` if it is no number. */
export function parseDecimal(typed: string): string | null {
  const text = typed.replace(/\s/g, "");
  const isGrouped = text.includes(",") || /^-?\d{1,3}(\.\d{3})+$/.test(text);
  const plain = isGrouped ? text.replace(/\./g, "").replace(",", ".") : text;
  if (!/^-?\d+(\.\d+)?$/.test(plain)) return null;
  return plain.replace(/^(-?)0+(?=\d)/, "$1");
}

/** What somebody typed as a whole number; `null` if it is none that a record can keep. */
export function parseInteger(typed: string): number | null {
  const text = typed.replace(/[\s.]/g, "");
  if (!/^-?\d+$/.test(text)) return null;
  const value = Number(text);
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER - 1 ? value : null;
}

/** `12 KB`, `1,5 MB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${integer(count)} B`;
  const [value, unit] = count < 1_000_000 ? [count / 1_000, "KB"] : [count / 1_000_000, "MB"];
  return `${value.toLocaleString("vi-VN", { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
}
