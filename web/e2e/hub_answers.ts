/** A hub's answers to the desk, made up, for pages that are shown with the stand-in core: a district's units, figures, queues. */
import { readFileSync } from "node:fs";
import type { BrowserContext } from "playwright-core";
import type { Row } from "../src/core/types.ts";
import type { Cell, HeardFrom, Judging, Quality, Review } from "../src/desk/types.ts";

const DAY = 86_400_000;
const now = Date.now();
const OWN = "26506-20250701";

interface UnitLine {
  id: string;
  name: string;
  parent: string;
}

const inForce: UnitLine[] = readFileSync(new URL("../../campaigns/kh244/units.csv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","))
  .filter(([, , , , , , , to]) => !to)
  .map(([id = "", , name = "", , , parent = ""]) => ({ id, name, parent }));
const units = inForce.filter(({ id, parent }) => id === "79" || parent === "79");
/** What the numbers below vary with; none is random, so that pictures of two runs are alike. */
const DAYS = [0, 3, 12, 45, 140, undefined];

const heard: HeardFrom[] = units.map(({ id, name }, index) => {
  const days = id === OWN ? 0 : DAYS[index % DAYS.length];
  return { unit: id, name, ...(days === undefined ? {} : { received_ms: now - days * DAY }) };
});

const quality: Quality = {
  units: Object.fromEntries(
    heard.flatMap(({ unit, received_ms }, index) =>
      received_ms === undefined
        ? []
        : [
            [
              unit,
              {
                rows: 3 + (index % 9),
                rows_with_issues: index % 3,
                issues: {},
                completeness: { answered: 60 + ((index * 7) % 40), required: 100 },
                suspects: index % 2,
                edited_ms: received_ms - DAY,
                received_ms,
              },
            ],
          ],
    ),
  ),
  suspects: { pairs: [{ unit: OWN, first: "r0", second: "r1", similarity: 0.93 }], complete: true },
};

const MONTHS = ["2023-03", "2023-04", "2023-06", "2023-07", "2024-03", "2024-05"];
const THEMES = ["ND.1", "ND.2", "ND.3", "ND.4", "ND.5", "ND.6", "ND.7"];
const cells: Cell[] = MONTHS.flatMap((month, at) => {
  const cell = (dimension: string, code: string, value: number): Cell => ({ measure: "activities", unit: OWN, month, dimension, code, value: String(value) });
  return [cell("", "", 12 + at * 3), ...THEMES.map((code, index) => cell("themes", code, 1 + ((at + index * 2) % 7)))];
});

const row = (index: number, more: Partial<Row> = {}): Row => ({
  record: `r${index}`,
  unit: OWN,
  form: "activity",
  created_ms: now - index * DAY,
  creator: "d1",
  edited_by: "d1",
  edited_ms: now - index * DAY,
  heads: [`h${index}`],
  changes: 1,
  answers: { title: `Ra quân khu phố ${index + 1}`, held_on: "2023-03-10" },
  ...more,
});

const conflict = { path: "title", candidates: [] };
const rows = [row(0, { conflicts: [conflict] }), ...Array.from({ length: 5 }, (_, index) => row(index + 1))];

const judging: Judging[] = [
  { form: "review", subjects: { activity: "activity", outreach: "outreach" }, counts: { waiting: 2, changed: 1, judged: 1 } },
  { form: "appraisal", subjects: { nomination: "nomination" }, counts: { waiting: 1, not_yet: 3 } },
];

const judged = (index: number, state: Review["state"]): Review => {
  const { record, unit, form, edited_ms, answers } = row(index);
  const judgement = { record: "r9", by: "d2", signed_ms: now - 20 * DAY, pinned: index !== 3 };
  return { record, unit, form, edited_ms, answers, state, ...(state === "waiting" ? {} : { judgement }) };
};
const reviews = [judged(1, "waiting"), judged(70, "waiting"), judged(2, "changed"), judged(3, "judged")];

/** What the hub would say at a path below the campaign; `undefined`: nothing of the kind is made up. */
function answer(path: string, query: URLSearchParams): unknown {
  switch (path) {
    case "/quality":
      return quality;
    case "/rollups": {
      const split = (isHeard: boolean) => heard.filter((one) => (one.received_ms !== undefined) === isHeard);
      return { epoch: 1, sequence: 9, heard_from: split(true), not_heard_from: split(false), cells: query.has("to") ? [] : cells };
    }
    case "/records":
      return { records: query.get("only") === "conflicts" ? rows.slice(0, 1) : rows, next: null };
    case "/reviews":
      return { forms: judging };
    case "/reviews/review":
      return { records: reviews.filter((one) => one.state === query.get("state")), next: null, people: { d2: "Nguyễn Thị Ngọc Lan" } };
    case "/reviews/appraisal":
      return { records: [], next: null, people: {} };
    default:
      return undefined;
  }
}

/** Lets pages of a context have these answers; gives the addresses that were asked for. */
export async function answerAsHub(context: BrowserContext): Promise<URL[]> {
  const asked: URL[] = [];
  await context.route("**/api/v1/c/*/**", (route) => {
    const url = new URL(route.request().url());
    asked.push(url);
    const found = answer(url.pathname.replace(/^.*\/c\/[^/]+/, ""), url.searchParams);
    return found === undefined ? route.fulfill({ status: 404, json: { code: "not_found" } }) : route.fulfill({ json: found });
  });
  return asked;
}
