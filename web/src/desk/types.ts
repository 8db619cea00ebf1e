/** What the hub answers to the desk: `server/src/http/{api,plan}.rs`. Decimals are texts, so that no digit is lost. */
import type { Issue, Obligation as Owed, Row } from "../core/types";

export interface UnitQuality {
  rows: number;
  rows_with_issues: number;
  issues: Record<string, number>;
  completeness: { answered: number; required: number };
  suspects: number;
  edited_ms?: number;
  received_ms?: number;
}

export interface Suspect {
  unit: string;
  first: string;
  second: string;
  similarity: number;
}

/** `GET /quality` */
export interface Quality {
  units: Record<string, UnitQuality>;
  suspects: { pairs: Suspect[]; complete: boolean };
}

export type FigureState = "met" | "not_met" | "no_data";

export interface Figure {
  unit: string;
  numerator?: string;
  denominator?: string;
  percent?: string;
  state: FigureState;
  reports: string[];
  summed: boolean;
  silent: number;
  doubtful: boolean;
}

export interface IndicatorFigures {
  indicator: string;
  figures: Figure[];
  summary: { met: number; not_met: number; no_data: number; percent?: string };
}

/** `GET /targets?year=` */
export interface Targets {
  period: { from: string; to: string };
  targets: IndicatorFigures[];
}

export interface Obligation extends Owed {
  from_predecessors?: string[];
}

export interface DeadlineFigures {
  code: string;
  label_vi: string;
  label_en: string;
  due: string;
  too_late_from_ms: number;
  owed_to: string[];
  obligations: Obligation[];
}

/** `GET /deadlines` */
export interface Deadlines {
  deadlines: DeadlineFigures[];
}

export interface Split {
  direct: number;
  leaders: number;
  unknown: number;
  leaders_most: number;
  is_broken: boolean;
}

export interface Step {
  form: string;
  record: string;
  by: string;
  signed_ms: number;
  state: "stands" | "marked";
  issues?: Issue[];
}

export interface Nomination {
  record: string;
  unit: string;
  award: string;
  subject?: "collective" | "individual";
  category?: string;
  missing_papers: string[];
  steps: Step[];
  issues: Issue[];
  proposed: boolean;
  granted: boolean;
}

export interface Grants {
  award: string;
  subject: "collective" | "individual";
  quota?: number;
  granted: string[];
  issues: Issue[];
}

/** `GET /rounds/{code}` */
export interface RoundFigures {
  round: string;
  nominations: Nomination[];
  list: {
    nominations: string[];
    split: Split;
    by_unit: Record<string, Split>;
    override_reasons: string[];
    issues: Issue[];
  };
  grants: Grants[];
}

export interface Cell {
  measure: string;
  unit: string;
  /** `2023-05` */
  month: string;
  /** Empty: the total. */
  dimension: string;
  code: string;
  value: string;
}

export interface HeardFrom {
  unit: string;
  name: string;
  received_ms?: number;
}

/** `GET /rollups` */
export interface Rollup {
  epoch: number;
  sequence: number;
  complete_as_of_ms?: number;
  heard_from: HeardFrom[];
  not_heard_from: HeardFrom[];
  cells: Cell[];
}

/** `GET /records` */
export interface RecordsPage {
  records: Row[];
  next: string | null;
}

export interface ReportFigure {
  measure: string;
  dimension: string;
  code: string;
  value: string;
}

export interface Amendment {
  measure: string;
  dimension: string;
  code: string;
  frozen: string;
  now: string;
  difference: string;
}

/** `GET /reports/{record}` */
export interface Report {
  record: string;
  unit: string;
  period: { from: string; to: string };
  position: string;
  frozen: ReportFigure[];
  amendments: Amendment[];
  arrived: { record: string; sequence: number; received_ms: number }[];
}

/** In the order in which they are dealt with. */
export const judgedStates = ["waiting", "changed", "not_yet", "judged"] as const;
export type JudgedState = (typeof judgedStates)[number];

/** A form that judges others: of `GET /reviews`. */
export interface Judging {
  form: string;
  /** The field that points at a record, by the form that is judged. */
  subjects: Record<string, string>;
  counts: Partial<Record<JudgedState, number>>;
}

export interface Review {
  record: string;
  unit: string;
  form: string;
  edited_ms: number;
  /** What names it, except what is personal. */
  answers: Row["answers"];
  state: JudgedState;
  judgement?: { record: string; by: string; signed_ms: number; pinned: boolean };
}

/** `GET /reviews/{form}` */
export interface ReviewsPage {
  records: Review[];
  next: string | null;
  people: Record<string, string>;
}
