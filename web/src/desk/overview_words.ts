/** A unit's state in words and signs. */
import type { Catalogue } from "../text/vi";
import { freshnesses, FRESH_DAYS, type Freshness, type UnitRow } from "./units";

const SQUARES_MAX = freshnesses.length - 1;

/** From four filled squares to none, so that grey print and colour-blind eyes tell the steps apart. */
export function squares(freshness: Freshness): string {
  const empty = freshnesses.indexOf(freshness);
  return "■".repeat(SQUARES_MAX - empty) + "□".repeat(empty);
}

export function ago({ days }: UnitRow, words: Catalogue["overview"]): string {
  if (days === null) return words.never;
  return days === 0 ? words.today : words.ago(days);
}

/** What a step means. */
export function stepName(freshness: Freshness, words: Catalogue["overview"]): string {
  if (freshness === "never") return words.never;
  return freshness === "older" ? words.beyond(FRESH_DAYS.quarter) : words.within(FRESH_DAYS[freshness]);
}
