/** Finding and ordering people and units by their Vietnamese names. */
const collator = new Intl.Collator("vi", { numeric: true });

/** Without marks, case and odd spaces: `Đỗ Thị  Hường` is `do thi huong`. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đð]/gi, "d").toLowerCase().replace(/\s+/g, " ").trim();
}

/** Whether every word that was typed stands in one of the texts. */
export function matches(typed: string, ...texts: string[]): boolean {
  const haystack = plain(texts.join(" "));
  return plain(typed).split(" ").every((word) => haystack.includes(word));
}

/** The order of a dictionary. */
export function byText(a: string, b: string): number {
  return collator.compare(a, b);
}

/** The order of a list of people: by given name, which is the last word, then by the rest. */
export function byName(a: string, b: string): number {
  const [one, other] = [a.trim().split(/\s+/), b.trim().split(/\s+/)];
  return byText(one.pop() ?? "", other.pop() ?? "") || byText(one.join(" "), other.join(" "));
}
