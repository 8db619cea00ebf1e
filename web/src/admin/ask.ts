/** Reading what administrators read, and doing what they do, in words that fit. */
import type { Problem } from "../core/types";
import { tellHub } from "../hub";
import { problemOf } from "../state/problem";
import { adminEn } from "../text/admin/en";
import { adminVi } from "../text/admin/vi";
import type { CommandName, Commands } from "./types";

type Words = keyof typeof adminVi.problem;

/** What is known of a deed by the hub's code; of any other code it is not known whether it was done. */
const CODES: Record<string, Words> = {
  offline: "offline",
  forbidden: "forbidden",
  not_found: "gone",
  invalid: "invalid",
  malformed: "invalid",
  too_large: "invalid",
  too_many_requests: "busy",
  overloaded: "busy",
  disk_full: "busy",
  store_failed: "busy",
  unauthorised: "busy",
};

/** Asks for something that changes nothing. */
export async function read<K extends CommandName>(campaign: string, command: K, fields: Commands[K][0]): Promise<Commands[K][1]> {
  try {
    return await tellHub(campaign, "/admin", { command, ...fields });
  } catch (error) {
    throw readingProblem(problemOf(error));
  }
}

/** Has the hub do something. */
export async function order<K extends CommandName>(campaign: string, command: K, fields: Commands[K][0]): Promise<Commands[K][1]> {
  // Told apart before anything is sent: only then is it certain that nothing was.
  if (!navigator.onLine) throw say({ code: "offline", text: { vi: "", en: "" }, kept: "everything" }, "offline");
  try {
    return await tellHub(campaign, "/admin", { command, ...fields });
  } catch (error) {
    throw orderProblem(problemOf(error));
  }
}

/** The words for an answer that could not be read. */
export function readingProblem(problem: Problem): Problem {
  if (problem.code === "offline" || problem.code === "unreachable") return problem;
  if (problem.code === "forbidden") return say(problem, "forbidden");
  return say(problem, problem.code === "not_found" ? "unknownHere" : "unread");
}

/** The words for a deed that failed: whether it was done is said only where it is known. */
export function orderProblem(problem: Problem): Problem {
  // "Offline" by now: the connection broke after the order went out.
  return say(problem, problem.code === "offline" ? "unsure" : (CODES[problem.code] ?? "unsure"));
}

/** Which of its rules the request broke is the hub's to say: that stays its `detail`. */
function say(problem: Problem, words: Words): Problem {
  return { ...problem, text: { vi: adminVi.problem[words], en: adminEn.problem[words] } };
}
