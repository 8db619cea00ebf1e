/** A campaign with its units, ready to be looked things up in. */
import type { Localised } from "../core/types";
import type { CampaignJson, Choice, Field, Form, Indicator, Measure, Round, Unit } from "./types";

const byId = <T>(all: T[] | undefined, id: (one: T) => string): Map<string, T> =>
  new Map((all ?? []).map((one) => [id(one), one]));

export class Campaign {
  readonly id: string;
  readonly name: Localised;
  readonly zone: string;
  readonly forms: Map<string, Form>;
  readonly indicators: Map<string, Indicator>;
  readonly measures: Map<string, Measure>;
  readonly rounds: Round[];
  readonly units: Map<string, Unit>;
  readonly reportForm: string | undefined;
  /** Which fields of a period report say from when to when. */
  readonly reportFields: { from: string; to: string } | undefined;
  private readonly events: ReadonlySet<string>;
  private readonly awardField: { form: string; award: string } | undefined;
  private readonly lists: Map<string, Map<string, Choice>>;
  private readonly roleLabels: Map<string, Localised>;

  constructor(json: CampaignJson, units: Unit[]) {
    this.id = json.id;
    this.name = json.name;
    this.zone = json.time_zone;
    this.forms = byId(json.forms, (form) => form.id);
    this.indicators = byId(json.indicators, (indicator) => indicator.code);
    this.measures = byId(json.measures, (measure) => measure.id);
    this.rounds = json.rounds ?? [];
    this.units = byId(units, (unit) => unit.id);
    this.reportForm = json.period_reports?.form;
    this.reportFields = json.period_reports;
    this.events = new Set((json.deadlines ?? []).filter((one) => !one.owed_by).map((one) => one.code));
    this.awardField = json.awarding?.nomination;
    this.roleLabels = new Map((json.roles ?? []).map((role) => [role.id, role.label]));
    this.lists = new Map((json.choice_lists ?? []).map((list) => [list.id, byId(list.choices, (one) => one.code)]));
    // The campaign makes this list of its own.
    this.lists.set("indicators", byId([...this.indicators.values()], (indicator) => indicator.code));
  }

  form(id: string): Form | undefined {
    return this.forms.get(id);
  }

  /** What may be chosen: retired choices only where one is the answer already. */
  choices(field: Field, chosen: readonly string[]): Choice[] {
    const list = [...(this.lists.get(field.list ?? "")?.values() ?? [])];
    return list.filter((choice) => !choice.retired || chosen.includes(choice.code));
  }

  choice(field: Field, code: string): Localised | undefined {
    return this.lists.get(field.list ?? "")?.get(code)?.label;
  }

  /** Whether a deadline is an event that nobody owes anything for; where it is not, those who owe may be out of scope. */
  isEvent(deadline: string): boolean {
    return this.events.has(deadline);
  }

  /** The award of the rounds, by the list that nominations choose from. */
  award(code: string): Localised | undefined {
    const field = this.form(this.awardField?.form ?? "")?.fields.find((one) => one.id === this.awardField?.award);
    return field && this.choice(field, code);
  }

  role(id: string): Localised | undefined {
    return this.roleLabels.get(id);
  }

  unitName(id: string): string {
    return this.units.get(id)?.name ?? id;
  }

  /** The field at a path such as `title` or `authors/{item}/name`. */
  fieldAt(form: Form, path: string): Field | undefined {
    const segments = path.split("/");
    const field = form.fields.find((one) => one.id === segments[0]);
    if (segments.length < 3) return field;
    return field?.fields?.find((one) => one.id === segments[2]);
  }

  /** The field a dimension of a measure is about: `kind` or `participants/group`. */
  dimension(measure: Measure, dimension: string): Field | undefined {
    const [first, second] = dimension.split("/");
    const field = this.form(measure.form)?.fields.find((one) => one.id === first);
    return second === undefined ? field : field?.fields?.find((one) => one.id === second);
  }
}
