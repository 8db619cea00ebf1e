/**
 * What is typed over what a record says. A form writes only the fields that were touched, on the heads it was opened with; of a
 * list all of it, from which the core tells what was taken out, so that a colleague's part stays.
 */
import type { Form } from "../campaign/types";
import type { Answer, Answers } from "../core/types";

/** What may be added to a counter that others count on too. */
export interface Added {
  add: number;
}

/** A touched field: its answer; `null`, taken away; or what a counter gains. */
export type Typed = Answer | Added | null;
export type Touched = Record<string, Typed>;

export function isAdded(typed: Typed | undefined): typed is Added {
  return typeof typed === "object" && typed !== null && !Array.isArray(typed) && "add" in typed;
}

/** The answers as the form shows them. */
export function shown(base: Answers, touched: Touched): Answers {
  const all: Answers = { ...base };
  for (const [id, typed] of Object.entries(touched)) {
    if (typed === null) delete all[id];
    else if (isAdded(typed)) all[id] = Number(base[id] ?? 0) + typed.add;
    else all[id] = typed;
  }
  return all;
}

/** What a new record is created with: everything that is shown and answered. */
export function creation(base: Answers, touched: Touched): Answers {
  const all = shown(base, touched);
  return Object.fromEntries(Object.entries(all).filter(([, answer]) => answer !== ""));
}

/** The fields in which what was refused differs from what the record says now. */
export function differences(form: Form, now: Answers, refused: Answers): Touched {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  const touched: Touched = {};
  for (const id of new Set([...Object.keys(now), ...Object.keys(refused)])) {
    if (same(now[id], refused[id])) continue;
    const isCounter = form.fields.find((field) => field.id === id)?.kind === "counter";
    touched[id] = isCounter ? { add: Number(refused[id] ?? 0) - Number(now[id] ?? 0) } : (refused[id] ?? null);
  }
  return touched;
}
