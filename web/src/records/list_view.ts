import { subscribe } from "$core";

/** Where somebody was in a list, to find them there again when they come back from a record. */
export interface ListView {
  /** How far the page was scrolled, in pixels. */
  top_px: number;
  /** Records in the list. */
  total: number;
  /** How tall each block was, by its number. */
  heights: [number, number][];
  /** The record that was opened. */
  opened?: string;
}

/** A list with what was asked of it. */
export interface LeftList {
  /** The address of the list. */
  at: string;
  search: string;
  order: string;
  unit: string;
  view: ListView;
}

/** The list that was left last for one of its records. In memory only: words that were typed stand in no address. */
let left: LeftList | undefined;

// It may hold somebody's words: whoever opens their own store next does not find them.
subscribe((event) => {
  if (event.kind === "locked") left = undefined;
});

export function leave(list: LeftList): void {
  left = list;
}

/** What was left at this address. It is taken up once. */
export function takeUp(at: string): LeftList | undefined {
  const found = left?.at === at ? left : undefined;
  left = undefined;
  return found;
}
