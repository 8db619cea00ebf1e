/**
 * What a browser that holds many records takes its time for. `cargo xtask bench --only web` measures 10,000 of them with the
 * module as it ships. The answers are checked, never the times: a slow machine fails no build.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext } from "@playwright/test";
import type { call } from "../src/core/client.ts";
import type { Page, Query } from "../src/core/types.ts";
import { PHONE } from "./app.ts";
import { COMMUNE, Tab, expect, test } from "./core.ts";

const RECORDS = Number(process.env.RECORDS ?? 300);
/** Each figure is the middle of so many. */
const TIMES = 7;
/** Every record of this many says the rare word. */
const RARE = 97;
/** Places of the list that are gone to, in turn. */
const JUMPS = 20;
/** How long a hand scrolls, in frames, and how far each time, in pixels: at 60 a second a hard flick. */
const FRAMES = 300;
const FLICK_PX = 150;

interface Figure {
  name: string;
  value: number;
  unit: "ms" | "%";
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

/** The app itself as it starts, and its list as it scrolls on a phone, on the store that the test page has filled. */
async function app(context: BrowserContext, origin: string): Promise<Figure[]> {
  const dist = fileURLToPath(new URL("../dist", import.meta.url));
  const built = ({ pathname }: URL): string => join(dist, pathname === "/" ? "index.html" : pathname);
  await context.route(
    (url) => url.origin === origin && existsSync(built(url)),
    (route) => route.fulfill({ path: built(new URL(route.request().url())) }),
  );
  const page = await context.newPage();
  const began = Date.now();
  await page.goto(`${origin}/#/`);
  await page.getByRole("link", { name: "Ghi mới" }).first().waitFor({ timeout: 60_000 });
  const readyMs = Date.now() - began;
  await page.locator("a.record").first().waitFor({ timeout: 60_000 });
  const recentMs = Date.now() - began;
  await page.goto(`${origin}/#/records`);
  await expect(page.getByRole("listitem").first()).toBeVisible({ timeout: 60_000 });
  // So many records would be sent to the hub meanwhile.
  await context.setOffline(true);
  await page.waitForTimeout(5_000);
  const { jumps, frames, blank } = await page.evaluate(
    async ({ jumps: places, frames: count, flick }) => {
      const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
      const drawn = (): boolean =>
        Boolean(document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest("[role=listitem]"));
      const jumps: number[] = [];
      for (let place = 0; place < places; place += 1) {
        const reach = document.documentElement.scrollHeight - innerHeight;
        const began = performance.now();
        scrollTo(0, (reach * ((place * 7 + 1) % places)) / places);
        while (!drawn()) await frame();
        jumps.push(performance.now() - began);
      }
      scrollTo(0, innerHeight);
      while (!drawn()) await frame();
      const frames: number[] = [];
      let blank = 0;
      for (let last = await frame(); frames.length < count; ) {
        scrollBy(0, flick);
        const now = await frame();
        frames.push(now - last);
        last = now;
        if (!drawn()) blank += 1;
      }
      const ordered = (numbers: number[]): number[] => numbers.sort((a, b) => a - b);
      return { jumps: ordered(jumps), frames: ordered(frames), blank };
    },
    { jumps: JUMPS, frames: FRAMES, flick: FLICK_PX },
  );
  const at = (times: number[], share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
  return [
    { name: "the app, from its address to a new record's button", value: readyMs, unit: "ms", floor: null, target: 2_000 },
    { name: "the same, to the newest records on the home page", value: recentMs, unit: "ms", floor: null, target: null },
    { name: "a jump to anywhere in it is drawn", value: at(jumps, 0.5), unit: "ms", floor: null, target: 100 },
    { name: "the slowest such jump", value: at(jumps, 1), unit: "ms", floor: null, target: null },
    { name: "a hard flick, 95 of 100 frames within", value: at(frames, 0.95), unit: "ms", floor: null, target: null },
    { name: "frames of it without a row amidst", value: (100 * blank) / FRAMES, unit: "%", floor: null, target: null },
  ];
}

test.use({ ...PHONE, serviceWorkers: "block" });

test(`${RECORDS} records are opened, listed, searched and scrolled`, async ({ hub, context }) => {
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
  await hoa.page.close();
  figures.push(...(await app(context, hub.origin)));
  console.log(`a browser that holds ${RECORDS} records; target in brackets; times of "all records" behind`);
  for (const { name, value, unit, floor, target } of figures) {
    const ratio = floor ? `  ${(value / floor).toFixed(3)} x` : "";
    console.log(`  ${name.padEnd(36)} ${value.toFixed(1).padStart(9)} ${unit} ${target ? `(${target})` : ""}${ratio}`);
  }
  if (process.env.FIGURES) writeFileSync(process.env.FIGURES, `${JSON.stringify(figures, null, 2)}\n`);
});
