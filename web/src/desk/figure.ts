/** A figure of the roll-ups, and the way from it to its records. */
import type { Campaign } from "../campaign/campaign";
import type { Localised } from "../core/types";
import type { Route } from "../router";
import { monthLabel } from "./sums";

type Query = Record<string, string>;

export interface FigureAsked {
  measure: string;
  month?: string | undefined;
  dimension?: string | undefined;
  code?: string | undefined;
  unit?: string | undefined;
  /** Of the unit itself, without those below it. */
  own?: boolean;
}

/** Where the records behind a figure are listed. */
export function behind({ own, ...asked }: FigureAsked): Route {
  const query = Object.entries({ ...asked, own: own ? "1" : undefined }).filter((one): one is [string, string] => Boolean(one[1]));
  return { page: "desk", view: "records", query: Object.fromEntries(query) };
}

/** The address of a list, as the hub is asked for it. */
export function recordsQuery({ unit, own, form, only, measure, month, dimension, code }: Query): Record<string, string | undefined> {
  const where = own ? { unit } : { within: unit };
  return measure ? { ...where, measure, month, dimension, code } : { ...where, form, only };
}

/** What figure a list is about, in words; `null`: about none. */
export function figureName(query: Query, campaign: Campaign, local: (text: Localised) => string): string | null {
  const measure = campaign.measures.get(query.measure ?? "");
  if (!query.measure) return null;
  const parts = [measure ? local(measure.label) : query.measure];
  const field = measure && query.dimension ? campaign.dimension(measure, query.dimension) : undefined;
  if (query.code) {
    const label = field && campaign.choice(field, query.code);
    parts.push(label ? local(label) : query.code);
  }
  if (query.month) parts.push(monthLabel(query.month));
  return parts.join(", ");
}
