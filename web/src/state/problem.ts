/** What went wrong, whoever says it: the core's problems as they are, everything else as the one that names it best. */
import type { Problem } from "../core/types";

export function problemOf(error: unknown): Problem {
  if (isProblem(error)) return error;
  return {
    code: "failed",
    text: {
      vi: "Bước này chưa thực hiện được. Những gì đã lưu vẫn an toàn; hãy thử lại.",
      en: "This step could not be done. What was saved is safe; try again.",
    },
    detail: error instanceof Error ? error.message : String(error),
    kept: "nothing_of_this_step",
  };
}

function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "text" in error;
}

/** Whether a problem only says that there is no way to the hub now. */
export function isNetwork(problem: Problem): boolean {
  return ["offline", "unreachable", "not_a_hub", "deadline", "overloaded", "too_slow"].includes(problem.code);
}
