/** A record's history in words: who changed what, with the form's labels instead of ids. */
import type { Speech } from "../campaign/words";
import type { Form } from "../campaign/types";
import type { HistoryEntry, People } from "../core/types";

export interface Told {
  change: string;
  who: string;
  what: string;
  time_ms: number;
  /** When the hub had it; none: not yet. */
  received_ms: number | undefined;
}

/** The latest first. */
export function tell(entries: HistoryEntry[], people: People, form: Form | undefined, speech: Speech): Told[] {
  const told = entries.map((entry) => ({
    change: entry.change,
    who: people[entry.device] ?? speech.text.person.unknown,
    what: whatOf(entry, form, speech),
    time_ms: entry.time_ms,
    received_ms: entry.received_ms,
  }));
  return told.reverse();
}

function whatOf(entry: HistoryEntry, form: Form | undefined, speech: Speech): string {
  const { history } = speech.text;
  if (entry.builds_on.length === 0) return history.created;
  const set = new Set(entry.fields.map((field) => field.split("/")[0] ?? field));
  const has = (path: string): boolean => entry.fields.some((field) => field === path || field.startsWith(`${path}/`));
  if (has("meta/moved_to")) return history.moved;
  if (has("meta/withdrawn")) return history.withdrawn;
  if (has("meta/same_as")) return history.sameAs;
  if (has("meta/annuls")) return history.annuls;
  const labels = [...set].filter((id) => id !== "meta").map((id) => labelOf(id, form, speech));
  return labels.length ? history.edited(labels) : history.touched;
}

function labelOf(id: string, form: Form | undefined, speech: Speech): string {
  const field = form?.fields.find((one) => one.id === id);
  return field ? speech.local(field.label) : id;
}
