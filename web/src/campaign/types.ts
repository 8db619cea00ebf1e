/** The campaign's own JSON, as far as the page draws it: `docs/campaign-format.md`. */
import type { Localised } from "../core/types";

export type FieldKind =
  | "text"
  | "paragraph"
  | "integer"
  | "decimal"
  | "counter"
  | "boolean"
  | "date"
  | "datetime"
  | "choice"
  | "choices"
  | "geopoint"
  | "group"
  | "reference"
  | "attachments";

export interface Field {
  id: string;
  kind: FieldKind;
  label: Localised;
  hint?: Localised;
  required?: boolean;
  personal?: boolean;
  min?: number | string;
  max?: number | string;
  list?: string;
  form?: string;
  fields?: Field[];
}

export interface Form {
  id: string;
  title: Localised;
  write_once?: boolean;
  title_field?: string;
  date_field?: string;
  fields: Field[];
}

export interface Choice {
  code: string;
  label: Localised;
  retired?: boolean;
}

export interface ChoiceList {
  id: string;
  label: Localised;
  choices: Choice[];
}

export interface Indicator {
  code: string;
  label: Localised;
  op: "gte" | "gt" | "between" | "qualitative";
  value?: number;
  value_max?: number;
  unit?: string;
  due?: string;
}

export interface Measure {
  id: string;
  form: string;
  label: Localised;
  kind: "count" | "sum";
  dimensions?: string[];
}

export interface Round {
  code: string;
  label: Localised;
  from: string;
  to: string;
  direct_percent: number;
  legal_basis?: Localised;
}

export interface Role {
  id: string;
  label: Localised;
}

export interface CampaignJson {
  id: string;
  version: number;
  name: Localised;
  time_zone: string;
  closes_on?: string;
  choice_lists?: ChoiceList[];
  forms: Form[];
  indicators?: Indicator[];
  measures?: Measure[];
  deadlines?: { code: string; owed_by?: unknown }[];
  rounds?: Round[];
  roles?: Role[];
  awarding?: { nomination: { form: string; award: string } };
  period_reports?: { form: string; from: string; to: string };
}

/** A unit as `GET /units` tells it. */
export interface Unit {
  id: string;
  parent: string | null;
  code: string;
  name: string;
  level: string;
  valid_from_ms: number | null;
  valid_to_ms: number | null;
  successors?: string[];
}
