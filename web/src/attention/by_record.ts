/** What needs attention, a card each: all that was refused of one record is written again, or given up, together. */
import type { Attention } from "../core/types";

export type Items = [Attention, ...Attention[]];

/** What was only refused because of another change comes after that one. */
export function byRecord(attention: Attention[]): Items[] {
  const cards: Items[] = [];
  for (const item of [...attention].sort((a, b) => Number(a.code === "depends") - Number(b.code === "depends"))) {
    const card = cards.find(([first]) => !first.sent_again && !item.sent_again && first.record === item.record);
    if (card) card.push(item);
    else cards.push([item]);
  }
  return cards;
}
