/**
 * What the page asks the core, and what it answers.
 *
 * The core runs in a worker and is reached by {@link Calls} alone. Names and shapes are those of the hub's JSON API
 * (`docs/api.md`) and of the Rust types they are written from, so that a record read offline and one read from the hub
 * are the same to a view. Times are milliseconds since the Unix epoch, dates `yyyy-MM-dd`.
 */

/** An answer, by the kind of its field: see `Row` in `client-core/src/record/row.rs`. */
export type Answer = string | number | boolean | string[] | GroupItem[] | Attachment[];
export type GroupItem = { id: string } & Record<string, Answer>;
export type Attachment = { id: string } & Record<string, unknown>;
export type Answers = Record<string, Answer>;

export interface Localised {
  vi: string;
  en: string;
}

export interface Issue {
  code: string;
  /** The field's path; empty: the whole record. */
  field: string;
  message_vi: string;
  message_en: string;
}

export interface Candidate {
  value: Answer | null;
  device: string;
  time_ms: number;
  change: string;
}

export interface Conflict {
  path: string;
  /** Every value, the shown one first. */
  candidates: Candidate[];
}

/** A record for reading: `Row`. Lists that are empty may be absent. */
export interface Row {
  record: string;
  unit: string;
  form: string;
  created_ms: number;
  creator: string;
  edited_by: string;
  edited_ms: number;
  heads: string[];
  changes: number;
  answers: Answers;
  conflicts?: Conflict[];
  other?: Record<string, unknown>;
  issues?: Issue[];
  withdrawn?: string;
  moved_to?: string;
  moved_from?: string;
  same_as?: string[];
  annuls?: string[];
}

export type RecordStatus = "received" | "at_the_district" | "being_checked_again" | "on_this_device" | "needs_attention";

/** Names by device, of the devices that the answer speaks of. */
export type People = Record<string, string>;

export interface RecordView extends Row {
  status: RecordStatus;
  changed_since_review?: boolean;
  standing?: unknown;
  /** Whether the member has, or had, a role that may edit it; the hub judges. */
  may_edit: boolean;
  people: People;
}

export interface HistoryEntry {
  change: string;
  builds_on: string[];
  device: string;
  time_ms: number;
  /** When a hub received it, by the hub's clock; none: not yet. */
  received_ms?: number;
  /** The places written: `title`, `authors/{item}/name`, `meta/withdrawn`. */
  fields: string[];
}

export interface ListedRow extends Row {
  status: RecordStatus;
}

export interface Page {
  records: ListedRow[];
  total: number;
  people: People;
}

export interface Query {
  form?: string;
  unit?: string;
  /** Every word must stand in the record's texts, with or without Vietnamese marks. */
  search?: string;
  only?: "all" | "unsent" | "needs_attention" | "conflicts" | "issues";
  order?: "newest" | "oldest" | "last_edited" | "title";
  offset?: number;
  /** At most 1,000; 50 unless told. */
  limit?: number;
}

export interface FieldState {
  path: string;
  relevant: boolean;
  required: boolean;
  issues: Issue[];
}

/** What a form says to the answers so far: `Filling`. Nothing of it keeps anybody from saving. */
export interface Filling {
  fields: FieldState[];
  issues: Issue[];
}

export interface Draft {
  /** A UUID, made by the page (`crypto.randomUUID()`). */
  id: string;
  form: string;
  unit: string;
  /** The record being edited; none: a new one. */
  record?: string;
  /** The heads the form was opened with. */
  heads: string[];
  /** Fields touched so far. */
  answers: Answers;
  touched_ms: number;
  /** Changes that the hub refused and that this writes again: they are settled when it is saved. */
  again?: string[];
}

export interface Saved {
  record: string;
  change: string;
}

export interface Attention {
  record: string;
  change: string;
  code: string;
  text: Localised;
  detail?: string;
  /** Whether it is sent again by itself; otherwise its answers are to be written again or given up. */
  sent_again: boolean;
  /** When it was refused, by the hub's clock. */
  refused_ms?: number;
}

export interface Summary {
  records: number;
  /** Changes not yet acknowledged by the hub. */
  outbox: number;
  /** Of these, those the hub left undecided. */
  waiting: number;
  held: number;
  quarantined: number;
  drafts: number;
  epoch: number;
  rechecking: boolean;
  /** The hub has records in scope for which this browser has no room: they stay there, what is made here is sent. */
  full: boolean;
  last_sync_ms: number | null;
}

export interface Person {
  /** The id under which this browser knows the person. */
  id: string;
  name: string;
  campaign: string;
  origin: string;
  needs_pin: boolean;
  /** How long to wait before the next PIN is tried. */
  wait_ms: number;
  state: "ready" | "wiped" | "unreadable";
}

export interface Me {
  person: string;
  /** What this browser calls them. */
  name: string;
  campaign: string;
  device: string;
  /** Whether the hub has certified this device. */
  joined: boolean;
  /** The member in the campaign's directory; none before the first sync. */
  member: { id: string; name: string; units: string[]; roles: string[] } | null;
  revoked: { reason: "left" | "lost"; at_ms: number } | null;
}

export type Notice =
  | { kind: "pin_reset"; device: string; here: boolean; at_ms: number }
  | { kind: "leaving"; at_ms: number; unsent: number; drafts: number; wipe: boolean }
  | { kind: "erased"; record: string; at_ms: number; reason: string };

export interface SyncReport {
  requests: number;
  admitted: number;
  held: number;
  undecided: number;
  received: number;
  quarantined: number;
  dropped: number;
  statements: number;
  more: boolean;
  sent_bytes: number;
  received_bytes: number;
}

/** What a bundle brought. */
export interface ImportReport {
  statements: number;
  /** Changes that were new here; they go to the hub with the next sync. */
  imported: number;
  already_here: number;
  /** Changes of records that this member may not read: neither shown nor stored. */
  out_of_scope: number;
  /** Items that were not taken in, each with its code. */
  refused: { item: number; code: string; reason: string }[];
}

export interface Obligation {
  unit: string;
  state: "due" | "overdue" | "done" | "late";
  record?: string;
  received_ms?: number;
  signed_ms?: number;
  signed_in_time?: boolean;
  incomplete: boolean;
}

/** `DeadlineView` of `client-core/src/plan/deadline.rs`; `title_*` is as the campaign words it. */
export interface Deadline {
  code: string;
  [field: string]: unknown;
  obligations: Obligation[];
}

export interface Creatable {
  form: string;
  units: string[];
}

/** Every call: its arguments and its answer. The name is what goes to the worker. */
export interface Calls {
  // The people of this browser. These work while nobody's store is open.
  people: [Record<string, never>, Person[]];
  /** Makes a place for somebody and opens it. Nothing is sent yet: `join` asks the hub. */
  enrol: [{ invitation: string; name: string; device: string; pin?: string }, Me];
  unlock: [{ person: string; pin?: string }, Me];
  lock: [Record<string, never>, null];
  change_pin: [{ person: string; pin?: string; new_pin?: string }, null];
  /** The link that is carried to an administrator. */
  reset_request: [{ person: string }, string];
  finish_reset: [{ person: string; answer: string; new_pin?: string }, null];
  /** Takes somebody off the list whose store was wiped, or is open and never joined. */
  remove: [{ person: string }, null];
  /** What an invitation says of itself, without touching anything. */
  read_invitation: [{ invitation: string }, { campaign: string; origin: string }];

  // The open store.
  me: [Record<string, never>, Me];
  join: [Record<string, never>, Me];
  /** The campaign's own JSON (`docs/campaign-format.md`); `null` before the first sync. */
  campaign: [Record<string, never>, unknown];
  /** Units in the shape of the hub's `GET /units`; `null` before the first sync. */
  units: [Record<string, never>, unknown];
  creatable: [Record<string, never>, Creatable[]];
  check: [{ form: string; answers: Answers }, Filling];
  prefill: [{ form: string; unit: string }, Answers];
  create: [{ form: string; unit: string; answers: Answers; draft?: string; annuls?: string[] }, Saved];
  /** `null` takes an answer away. Items of a group that are not named stay; `{ id, removed: true }` removes one. */
  edit: [{ record: string; heads: string[]; answers: Record<string, Answer | null>; draft?: string }, Saved];
  /** `choice` counts the candidates of the record as it read at these heads. */
  resolve: [{ record: string; heads: string[]; path: string; choice: number }, Saved];
  withdraw: [{ record: string; reason: string | null }, Saved];
  move_to: [{ record: string; unit: string; reason: string }, Saved];
  same_as: [{ record: string; other: string; same: boolean }, Saved];
  query: [Query, Page];
  record: [{ record: string }, RecordView];
  /** The record as it read when a form was opened with these heads. */
  record_at: [{ record: string; heads: string[] }, Row];
  /** The record as it would read with what the hub refused. */
  held_record: [{ record: string }, Row | null];
  /** Gives up changes that the hub refused: they are gone then. */
  give_up: [{ changes: string[] }, null];
  history: [{ record: string }, { entries: HistoryEntry[]; people: People }];
  drafts: [Record<string, never>, Draft[]];
  keep_draft: [{ draft: Draft }, null];
  drop_draft: [{ draft: string }, null];
  attention: [Record<string, never>, Attention[]];
  notices: [Record<string, never>, Notice[]];
  seen: [{ notice: Notice }, null];
  summary: [Record<string, never>, Summary];
  deadlines: [Record<string, never>, Deadline[]];
  /** `IndicatorView` of `client-core/src/plan/figure.rs`. */
  targets: [{ from: string; to: string; on?: string }, unknown[]];
  rollup: [{ measure?: string }, unknown[]];
  /** The units to which synchronising is limited; `null`: all in scope. */
  wanted_units: [Record<string, never>, string[] | null];
  want_units: [{ units: string[] | null }, null];
  /** Brings hub and replica to agreement within the time given. What was done before an error stays done. */
  sync: [{ deadline_ms: number; pull_bytes_max?: number }, SyncReport];
  /** A session's token: opens the hub's JSON API and `/live` to what the member may read. Kept in memory only. */
  token: [{ /** Another one: the hub takes the last no more. */ fresh?: boolean }, string];
  export_bundle: [Record<string, never>, Uint8Array];
  export_for_administrator: [Record<string, never>, Uint8Array];
  import_bundle: [{ bytes: Uint8Array }, ImportReport];
  /** Deletes the store of a revoked device, once what is unsent was exported; says `not_revoked` or `unsent_work` otherwise. */
  wipe: [Record<string, never>, null];
}

export type CallName = keyof Calls;
export type Arguments<K extends CallName> = Calls[K][0];
export type Result<K extends CallName> = Calls[K][1];

/** A call that failed. Codes and texts are those of `client-core/src/wording/table.rs`. */
export interface Problem {
  code: string;
  text: Localised;
  detail?: string;
  /** What became of what was typed. */
  kept: "everything" | "draft" | "on_this_device" | "nothing_of_this_step" | "gone";
  wait_ms?: number;
}
