/** What every control of a form is given. */
import type { Campaign } from "../campaign/campaign";
import type { Field } from "../campaign/types";
import type { Answer, FieldState } from "../core/types";
import type { Typed } from "./typed";

export interface InputProps {
  campaign: Campaign;
  field: Field;
  path: string;
  value: Typed | undefined;
  /** What the record said when the form was opened. */
  base: Answer | undefined;
  states: ReadonlyMap<string, FieldState>;
  sayMissing: boolean;
  /** Whether the record is new: a counter then has a number, not something added to it. */
  isNew: boolean;
  onset: (value: Typed) => void;
  id: string;
  describedby: string;
  invalid: boolean;
}
