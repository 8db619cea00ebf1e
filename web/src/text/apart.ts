/** What can turn the text around it: scripts that run from right to left, and the invisible marks that say so. */
const TURNS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|\p{Bidi_Control}/u;
/** These could end the setting apart before its time. */
const ISOLATES = /[\u2066-\u2069]/g;

/** What a person typed, within a sentence of ours: where it could turn the sentence around, it is set apart. */
export function apart(typed: string): string {
  return TURNS.test(typed) ? `\u2068${typed.replace(ISOLATES, "")}\u2069` : typed;
}
