/** The page's colours and texts, for what is drawn on a canvas. */
export interface Inks {
  ink: string;
  brand: string;
  ground: string;
  line: string;
  font: string;
}

export function inks(): Inks {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return { ink: of("--ink"), brand: of("--brand"), ground: of("--ground"), line: of("--line"), font: style.fontFamily };
}

/** A name that may be too long for a canvas, which does not wrap. */
export function short(name: string, charsMax: number): string {
  return name.length > charsMax ? `${name.slice(0, charsMax - 1)}…` : name;
}
