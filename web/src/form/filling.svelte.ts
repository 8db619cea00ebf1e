/** A form that is being filled: a new record, an edit, or something refused that is written again. */
import { call } from "$core";
import type { Campaign } from "../campaign/campaign";
import type { Form } from "../campaign/types";
import type { Answers, Draft, FieldState, Filling as Checked, Issue, Problem, Row, Saved } from "../core/types";
import { isoDay } from "../format/moment";
import { problemOf } from "../state/problem";
import { remember, remembered, rememberedJson } from "../state/remembered";
import { session } from "../state/session.svelte";
import { typing } from "../state/typing";
import { DraftKeeper } from "./draft_keeper";
import { creation, differences, shown, type Touched, type Typed } from "./typed";

/** How long the hand rests before the form's rules are asked, milliseconds. */
const CHECK_PAUSE_MS = 250;

export interface Opening {
  draft: string;
  form?: string;
  record?: string;
  /** Begin with what the hub refused of the record. */
  held?: boolean;
  annuls?: string;
  /** The unit of a new record, where it may be made there. */
  unit?: string;
  /** A record that a new one points at, by the field that does. */
  about?: { field: string; record: string };
}

/** A form whose page is gone and whose newest letters are in memory only. */
interface Left {
  filling: Filling;
  /** No other window may write the draft. */
  release: () => void;
  /** Ends its standing out. */
  end: () => void;
}
const leftBehind = new Map<string, Left>();

export class Filling {
  unit = $state("");
  base = $state.raw<Answers>({});
  touched = $state.raw<Touched>({});
  readonly answers: Answers = $derived(shown(this.base, this.touched));
  fields = $state.raw<ReadonlyMap<string, FieldState>>(new Map());
  /** About the record as a whole. */
  issues = $state.raw<Issue[]>([]);
  /** Somebody else changed the record after this form was opened. */
  changedMeanwhile = $state(false);
  keptAt = $state<number | null>(null);
  /** The newest of what was typed is not kept yet. */
  isKeeping = $state(false);
  keepProblem = $state.raw<Problem | null>(null);
  private heads: string[] = [];
  /** What the hub refused and this writes again. */
  private refused: string[] = [];
  /** Its page is there: what comes later, as a place that is still being looked for, is not taken in any more. */
  private isOpen = true;
  private readonly keeper: DraftKeeper;
  private checkTimer: ReturnType<typeof setTimeout> | undefined;
  private checkTurn = 0;
  /** What a new record begins with, whichever unit is chosen. */
  private given: Answers = {};
  /** Whose it is: in nobody else's store is it kept. */
  private readonly person = session.me?.person;

  private constructor(
    readonly form: Form,
    readonly draft: string,
    /** The record being edited; none: a new one. */
    readonly record: string | undefined,
    readonly annuls: string | undefined,
  ) {
    this.keeper = new DraftKeeper({
      keep: async (kept) => {
        if (!this.isOurs) throw new Error("another person's store is open");
        await call("keep_draft", { draft: kept });
      },
      kept: (problem, isNewest) => {
        this.keepProblem = problem ? problemOf(problem) : null;
        if (!problem) this.keptAt = Date.now();
        this.isKeeping = !problem && !isNewest;
        if (!problem && isNewest) this.noLongerLeftBehind();
      },
    });
  }

  /** Goes on with the draft if there is one, begins otherwise. `null`: there is neither draft nor form. */
  static async open(campaign: Campaign, opening: Opening): Promise<Filling | null> {
    const drafts = await call("drafts", {});
    const draft = drafts.find((one) => one.id === opening.draft);
    if (draft) return Filling.resume(campaign, draft);
    if (opening.held && opening.record) return Filling.again(campaign, opening.draft, opening.record);
    if (opening.record) return Filling.edit(campaign, opening.draft, await call("record", { record: opening.record }));
    return opening.form ? Filling.begin(campaign, opening, opening.form) : null;
  }

  private static async resume(campaign: Campaign, draft: Draft): Promise<Filling | null> {
    const form = campaign.form(draft.form);
    if (!form) return null;
    const filling = new Filling(form, draft.id, draft.record, annulledBy(draft.id));
    const row = draft.record ? await known(draft.record) : null;
    // The record is not here any more: what was typed can still be read.
    if (row === undefined) return null;
    filling.unit = draft.unit;
    if (row) filling.base = (await call("record_at", { record: row.record, heads: draft.heads })).answers;
    filling.touched = draft.answers;
    filling.heads = draft.heads;
    filling.refused = draft.again ?? [];
    filling.changedMeanwhile = row !== null && row.heads.join() !== draft.heads.join();
    filling.keptAt = draft.touched_ms;
    await filling.check();
    return filling;
  }

  private static async edit(campaign: Campaign, draft: string, row: Row): Promise<Filling | null> {
    const form = campaign.form(row.form);
    if (!form) return null;
    const filling = new Filling(form, draft, row.record, undefined);
    filling.unit = row.unit;
    filling.base = row.answers;
    filling.heads = row.heads;
    await filling.check();
    return filling;
  }

  /** What was refused, over what the record says now; where that is nothing, as a new record. */
  private static async again(campaign: Campaign, draft: string, record: string): Promise<Filling | null> {
    const changes = (await call("attention", {})).filter((one) => one.record === record && !one.sent_again);
    const [refused, now] = await Promise.all([
      call("held_record", { record }),
      call("record", { record }).catch(() => null),
    ]);
    if (!refused) return now && Filling.edit(campaign, draft, now);
    const form = campaign.form(refused.form);
    if (!form) return null;
    const filling = now ? await Filling.edit(campaign, draft, now) : new Filling(form, draft, undefined, undefined);
    if (!filling) return null;
    filling.unit = refused.unit;
    filling.touched = now ? differences(form, now.answers, refused.answers) : refused.answers;
    filling.refused = changes.map((one) => one.change);
    filling.keep();
    await filling.check();
    return filling;
  }

  private static async begin(campaign: Campaign, opening: Opening, id: string): Promise<Filling | null> {
    const form = campaign.form(id);
    const units = (await call("creatable", {})).find((one) => one.form === id)?.units ?? [];
    const unit = [opening.unit, lastUnit()].find((one) => one && units.includes(one)) ?? units[0];
    if (!form || !unit) return null;
    if (opening.annuls) rememberAnnuls(opening.draft, opening.annuls);
    const filling = new Filling(form, opening.draft, undefined, opening.annuls);
    if (opening.about) filling.given = { [opening.about.field]: opening.about.record };
    await filling.choose(unit, campaign.zone);
    return filling;
  }

  /** Sets the unit of a new record, with what the unit's records begin with; what was typed stays. */
  async choose(unit: string, zone: string): Promise<void> {
    if (!this.isOpen) return;
    this.unit = unit;
    const known = await call("prefill", { form: this.form.id, unit });
    this.base = { ...this.today(zone), ...known, ...this.given };
    if (Object.keys(this.touched).length) this.keep();
    await this.check();
  }

  set(field: string, typed: Typed): void {
    if (!this.isOpen) return;
    this.touched = { ...this.touched, [field]: typed };
    this.keep();
    clearTimeout(this.checkTimer);
    // Where the store is closed by then, nobody looks at what the rules say.
    this.checkTimer = setTimeout(() => void this.check().catch(() => undefined), CHECK_PAUSE_MS);
  }

  get isTouched(): boolean {
    return Object.keys(this.touched).length > 0;
  }

  /** Makes what was typed durable now, and says whether it is. */
  async flush(): Promise<boolean> {
    await this.keeper.flush();
    return this.keepProblem === null;
  }

  /** One save, one change. If it fails, the draft is still there. */
  async save(): Promise<Saved> {
    await this.keeper.flush();
    await this.keeper.end();
    try {
      const saved = this.record ? await this.saveEdit(this.record) : await this.create();
      rememberAnnuls(this.draft, undefined);
      this.noLongerLeftBehind();
      return saved;
    } catch (error) {
      this.keeper.resume();
      if (this.isTouched) this.keep();
      throw error;
    }
  }

  /**
   * Its page is gone, and what was typed is made durable. Until it is, it stays in memory, is tried again, and is what goes on
   * with the draft; then `release` lets other windows write it. Says whether it was durable at once.
   */
  async leave(release: () => void): Promise<boolean> {
    this.isOpen = false;
    const end = typing.begin({
      keep: async () => !this.isOurs || this.flush(),
      isKept: () => !this.isKeeping && !this.keepProblem,
    });
    leftBehind.set(this.draft, { filling: this, release, end });
    const isDurable = await this.flush();
    if (isDurable) this.noLongerLeftBehind();
    return isDurable;
  }

  /** What was left behind of a draft, to go on with, and what lets other windows write it. */
  static takeBack(draft: string): { filling: Filling; release: () => void } | undefined {
    const left = leftBehind.get(draft);
    if (!left?.filling.isOurs) return undefined;
    left.end();
    leftBehind.delete(draft);
    left.filling.isOpen = true;
    return left;
  }

  private noLongerLeftBehind(): void {
    const left = leftBehind.get(this.draft);
    if (left?.filling !== this) return;
    left.end();
    left.release();
    leftBehind.delete(this.draft);
    session.revision += 1;
  }

  private get isOurs(): boolean {
    return session.me?.person === this.person;
  }

  async drop(): Promise<void> {
    await this.keeper.end();
    this.noLongerLeftBehind();
    await call("drop_draft", { draft: this.draft });
    rememberAnnuls(this.draft, undefined);
  }

  private create(): Promise<Saved> {
    rememberUnit(this.unit);
    return call("create", {
      form: this.form.id,
      unit: this.unit,
      answers: creation(this.base, this.touched),
      draft: this.draft,
      ...(this.annuls ? { annuls: [this.annuls] } : {}),
    });
  }

  private saveEdit(record: string): Promise<Saved> {
    return call("edit", { record, heads: this.heads, answers: this.touched as Answers, draft: this.draft });
  }

  private keep(): void {
    // A new record's draft holds all of it: what it began with may be something else by the time it is gone on with.
    const answers = (this.record ? this.touched : creation(this.base, this.touched)) as Answers;
    this.isKeeping = true;
    this.keeper.touch({
      id: this.draft,
      form: this.form.id,
      unit: this.unit,
      ...(this.record ? { record: this.record } : {}),
      heads: this.heads,
      answers,
      touched_ms: Date.now(),
      ...(this.refused.length ? { again: this.refused } : {}),
    });
  }

  private async check(): Promise<void> {
    const turn = ++this.checkTurn;
    const checked: Checked = await call("check", { form: this.form.id, answers: this.answers });
    if (turn !== this.checkTurn) return;
    this.fields = new Map(checked.fields.map((field) => [field.path, field]));
    this.issues = checked.issues;
  }

  /** Most records are of today. */
  private today(zone: string): Answers {
    const field = this.form.fields.find((one) => one.id === this.form.date_field);
    return field?.kind === "date" ? { [field.id]: isoDay(Date.now(), zone) } : {};
  }
}

/** The record as it is here; `undefined`: it is not. */
async function known(record: string): Promise<Row | undefined> {
  try {
    return await call("record", { record });
  } catch (error) {
    if (problemOf(error).code === "unknown_record") return undefined;
    throw error;
  }
}

const UNIT_KEY = "dongbo.unit";
const ANNULS_KEY = "dongbo.annuls";

const lastUnit = (): string | null => remembered(UNIT_KEY);
const rememberUnit = (unit: string): void => remember(UNIT_KEY, unit);

/** A draft does not say which record it replaces; these are ids only. */
const annulled = (): Record<string, string> => (rememberedJson(ANNULS_KEY) ?? {}) as Record<string, string>;

const annulledBy = (draft: string): string | undefined => annulled()[draft];

function rememberAnnuls(draft: string, record: string | undefined): void {
  const { [draft]: _, ...others } = annulled();
  remember(ANNULS_KEY, JSON.stringify(record ? { ...others, [draft]: record } : others));
}
