/** Answers in the words people read: labels for codes, days and numbers as they write them. */
import type { Answer, GroupItem, Row } from "../core/types";
import { day } from "../format/day";
import { moment } from "../format/moment";
import { decimal, integer } from "../format/number";
import { parsePlace } from "../format/place";
import type { Localised } from "../core/types";
import type { Catalogue } from "../text/vi";
import type { Campaign } from "./campaign";
import type { Field } from "./types";

/** What answers are put into words with. */
export interface Speech {
  campaign: Campaign;
  text: Catalogue;
  local: (text: Localised) => string;
}

/** An answer in one line. A group is told by how many items it has. */
export function inWords(field: Field, answer: Answer | null | undefined, speech: Speech): string {
  if (answer === null || answer === undefined || answer === "") return speech.text.answer.none;
  const label = (code: string): string => {
    const found = speech.campaign.choice(field, code);
    return found ? speech.local(found) : code;
  };
  switch (field.kind) {
    case "boolean":
      return answer === true ? speech.text.answer.yes : speech.text.answer.no;
    case "integer":
    case "counter":
      return typeof answer === "number" ? integer(answer) : String(answer);
    case "decimal":
      return decimal(String(answer));
    case "date":
      return day(String(answer));
    case "datetime":
      return typeof answer === "number" ? moment(answer, speech.campaign.zone) : String(answer);
    case "choice":
      return label(String(answer));
    case "choices":
      return Array.isArray(answer) ? answer.map((code) => label(String(code))).join("; ") : String(answer);
    case "geopoint":
      return placeInWords(String(answer), speech.text);
    case "group":
      return speech.text.answer.items(Array.isArray(answer) ? answer.length : 0);
    case "attachments":
      return speech.text.answer.files(Array.isArray(answer) ? answer.length : 0);
    default:
      return String(answer);
  }
}

function placeInWords(text: string, words: Catalogue): string {
  const place = parsePlace(text);
  if (!place) return text;
  const degrees = (value: number): string => decimal(String(Number(value.toFixed(5))));
  const where = `${degrees(place.latitude)}; ${degrees(place.longitude)}`;
  return place.accuracy > 0 ? `${where} (${words.answer.accuracy(Math.round(place.accuracy))})` : where;
}

/** What names a record in lists: its title, else its form with the unit. */
export function titleOf(row: Pick<Row, "form" | "unit" | "answers">, speech: Speech): string {
  const form = speech.campaign.form(row.form);
  const field = form?.fields.find((one) => one.id === form.title_field);
  const answer = field && row.answers[field.id];
  if (field && answer !== undefined && answer !== "") return inWords(field, answer, speech);
  return form ? speech.local(form.title) : row.form;
}

/** The day a record is about, if it says one. */
export function dateOf(row: Pick<Row, "form" | "answers">, speech: Speech): string | undefined {
  const form = speech.campaign.form(row.form);
  const field = form?.fields.find((one) => one.id === form.date_field);
  const answer = field && row.answers[field.id];
  return field && answer !== undefined ? inWords(field, answer, speech) : undefined;
}

/** The items of a group's answer. */
export function itemsOf(answer: Answer | null | undefined): GroupItem[] {
  return Array.isArray(answer) ? (answer.filter((item) => typeof item === "object") as GroupItem[]) : [];
}
