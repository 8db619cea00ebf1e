/**
 * What a browser that holds many records takes its time for. `cargo xtask bench --only web` measures 10,000 of them with the
 * module as it ships. The answers are checked, never the times: a slow machine fails no build.
 */
import { writeFileSync } from "node:fs";
import type { call } from "../src/core/client.ts";
import type { Page, Query } from "../src/core/types.ts";
import { COMMUNE, Tab, expect, test } from "./core.ts";

const RECORDS = Number(process.env.RECORDS ?? 300);
/** Each figure is the middle of so many. */
const TIMES = 7;
/** Every record of this many says the rare word. */
const RARE = 97;

interface Figure {
  name: string;
  value: number;
  unit: "ms";
  /** All rows read a thousand at a time, in the same run. */
  floor: number | null;
  target: number | null;
}

/** Does the same several times in the page, where the call is made; the middle of the times and the last answer. */
async function timed(tab: Tab, asked: Query): Promise<{ ms: number; page: Page }> {
  return tab.page.evaluate(
    async ({ asked, times }) => {
      const { core } = window as unknown as { core: { call: typeof call } };
      const took: number[] = [];
      let page = await core.call("query", asked);
      for (let time = 0; time < times; time += 1) {
        const began = performance.now();
        page = await core.call("query", asked);
        took.push(performance.now() - began);
      }
      return { ms: took.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0, page };
    },
    { asked, times: TIMES },
  );
}

test(`${RECORDS} records are opened, listed and searched`, async ({ hub, context }) => {
  test.setTimeout(3_600_000);
  const hoa = await Tab.open(context, hub);
  const { person } = await hoa.join(hub, "Nguyễn Thị Nhiều");
  const saveMs = await hoa.page.evaluate(
    async ({ records, unit, rare }) => {
      const { core } = window as unknown as { core: { call: typeof call } };
      const began = performance.now();
      for (let number = 0; number < records; number += 1) {
        const place = number % rare === 0 ? `Ấp ${number % 40}, nhà văn hóa` : `Ấp ${number % 40}`;
        const answers = { title: `Hoạt động số ${number}`, place, content: "Tuyên truyền tại tổ dân phố. ".repeat(5) };
        await core.call("create", { form: "activity", unit, answers });
      }
      return (performance.now() - began) / records;
    },
    { records: RECORDS, unit: COMMUNE, rare: RARE },
  );
  await hoa.page.reload();
  await hoa.page.waitForFunction(() => "core" in window);
  await hoa.call("people", {});
  const once = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  const openMs = await once(() => hoa.call("unlock", { person }));
  const firstMs = await once(() => hoa.call("query", {}));

  const everyMs = await once(async () => {
    for (let offset = 0; offset < RECORDS; offset += 1_000) await hoa.call("query", { offset, limit: 1_000 });
  });
  const figures: Figure[] = [
    { name: "a save", value: saveMs, unit: "ms", floor: null, target: null },
    { name: "open", value: openMs, unit: "ms", floor: null, target: 2_000 },
    { name: "the first list, asked for at once", value: firstMs, unit: "ms", floor: everyMs, target: null },
    { name: "all records, a thousand at a time", value: everyMs, unit: "ms", floor: null, target: null },
  ];
  const deep = Math.max(0, RECORDS - 60);
  const rare = Math.ceil(RECORDS / RARE);
  const asked: [string, Query, number, number][] = [
    ["list, first page", {}, RECORDS, Math.min(50, RECORDS)],
    ["list, a page near the end", { offset: deep }, RECORDS, Math.min(50, RECORDS)],
    ["list, of a form", { form: "activity" }, RECORDS, Math.min(50, RECORDS)],
    ["list, last edited first", { order: "last_edited" }, RECORDS, Math.min(50, RECORDS)],
    ["list, by title", { order: "title" }, RECORDS, Math.min(50, RECORDS)],
    ["search, words of every record", { search: "tuyen truyen" }, RECORDS, Math.min(50, RECORDS)],
    ["search, with marks", { search: "tuyên truyền" }, RECORDS, Math.min(50, RECORDS)],
    ["search, rare words", { search: "nha van hoa" }, rare, Math.min(50, rare)],
    ["search, nothing found", { search: "không có đâu" }, 0, 0],
  ];
  for (const [name, query, total, shown] of asked) {
    const { ms, page } = await timed(hoa, query);
    expect([page.total, page.records.length], name).toEqual([total, shown]);
    figures.push({ name, value: ms, unit: "ms", floor: everyMs, target: 100 });
  }
  console.log(`a browser that holds ${RECORDS} records; target in brackets; times of "all records" behind`);
  for (const { name, value, floor, target } of figures) {
    const ratio = floor ? `  ${(value / floor).toFixed(3)} x` : "";
    console.log(`  ${name.padEnd(36)} ${value.toFixed(1).padStart(9)} ms ${target ? `(${target})` : ""}${ratio}`);
  }
  if (process.env.FIGURES) writeFileSync(process.env.FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
});
