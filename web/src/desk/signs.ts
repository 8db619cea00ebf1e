/** The signs of how things stand at the desk. */
import type { Sign } from "../ui/Mark.svelte";
import type { FigureState, JudgedState } from "./types";

/** Of a target's figure. */
export const figureSigns: Record<FigureState, Sign> = { met: ["check", "good"], not_met: ["close", "bad"], no_data: ["minus", "quiet"] };

/** Of a record, with those who judge it. */
export const judgedSigns: Record<JudgedState, Sign> = {
  waiting: ["clock", "wait"],
  changed: ["attention", "bad"],
  not_yet: ["minus", "quiet"],
  judged: ["check", "good"],
};
