/**
 * Pictures of every screen, at a phone's and at a laptop's width, in both languages; axe-core looks at each. Against the
 * stand-in core: `DONGBO_CORE=fake npx vite build --outDir dist-fake`, `npx vite preview --outDir dist-fake --port 4180`, then
 * `npx tsx e2e/screens.ts`.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { complaints, launch } from "./browser.ts";
import { EVERY_DUTY, StandInHub } from "./stand_in_hub.ts";
import { answerAsHub } from "./hub_answers.ts";

const base = process.env.BASE ?? "http://127.0.0.1:4180";
const out = process.env.OUT ?? "screens";
const only = process.argv[2];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Screen {
  name: string;
  search?: string;
  hash: string;
  act?: (page: Page) => Promise<void>;
}

const press = (text: RegExp | string) => async (page: Page) => {
  await page.getByText(text).first().click();
  await page.waitForTimeout(250);
};

const screens: Screen[] = [
  { name: "people", hash: "#/people" },
  { name: "people-nobody", search: "?nobody", hash: "#/people" },
  { name: "pin", hash: "#/people", act: async (page) => page.locator(".who").nth(1).click() },
  { name: "join", search: "?nobody", hash: "#/join" },
  {
    name: "join-read",
    search: "?nobody",
    hash: "#/join",
    act: async (page) => {
      await page.locator("textarea").fill("dongbo://join?abc");
      await page.locator(".button.primary").first().click();
    },
  },
  { name: "pending", search: "?open&pending", hash: "#/" },
  { name: "forgot", hash: "#/forgot/p1" },
  { name: "revoked", search: "?open&revoked", hash: "#/" },
  { name: "home", search: "?open", hash: "#/" },
  { name: "sync", search: "?open", hash: "#/", act: async (page) => page.locator(".figures").click() },
  { name: "new", search: "?open", hash: "#/new" },
  { name: "fill-activity", search: "?open", hash: "#/fill/22222222-2222-4222-8222-222222222222?form=activity" },
  {
    name: "fill-issues",
    search: "?open",
    hash: "#/fill/22222222-2222-4222-8222-222222222222?form=activity",
    act: async (page) => {
      await page.locator("[data-path=title] input").fill("Ra quân");
      await page.locator("[data-path=participants] button").last().click();
      await page.waitForTimeout(800);
      await page.locator(".bar .link").click();
    },
  },
  { name: "fill-outreach", search: "?open", hash: "#/fill/33333333-3333-4333-8333-333333333333?form=outreach" },
  { name: "fill-model", search: "?open", hash: "#/fill/33333333-3333-4333-8333-333333333333?form=model" },
  { name: "edit", search: "?open", hash: "#/fill/44444444-4444-4444-8444-444444444444?record=r0" },
  { name: "records", search: "?open", hash: "#/records" },
  { name: "record-conflict", search: "?open", hash: "#/record/r0", act: async (page) => { for (const it of await page.locator("summary").all()) await it.click(); } },
  { name: "record-long", search: "?open", hash: "#/record/r5" },
  { name: "record-word", search: "?open", hash: "#/record/r6" },
  { name: "record-withdrawn", search: "?open", hash: "#/record/r4" },
  { name: "ask", search: "?open", hash: "#/record/r1", act: async (page) => { await page.locator("summary").last().click(); await page.getByText(/^(Rút bản ghi|Withdraw record)$/).click(); } },
  { name: "attention", search: "?open", hash: "#/attention" },
  { name: "deadlines", search: "?open", hash: "#/deadlines" },
  { name: "settings", search: "?open", hash: "#/settings" },
  { name: "settings-dark", search: "?open", hash: "#/settings", act: press(/^(Tối|Dark)$/) },
  { name: "home-contrast", search: "?open", hash: "#/settings", act: async (page) => { await press(/^(Tương phản cao|High contrast)$/)(page); await press(/^(Rất lớn|Larger)$/)(page); await page.evaluate(() => (location.hash = "#/")); await page.waitForTimeout(300); } },
];

const summary = (index: number) => async (page: Page) => { await page.locator("main summary").nth(index).click(); await page.waitForTimeout(200); };
screens.push(
  { name: "admin-people", search: "?open", hash: "#/admin/people", act: summary(0) },
  {
    name: "admin-invitation",
    search: "?open",
    hash: "#/admin/people",
    act: async (page) => { await page.getByRole("button", { name: /^(Mời thêm máy|Invite another device): Đỗ/ }).click(); await page.waitForTimeout(300); },
  },
  { name: "admin-grant", search: "?open", hash: "#/admin/people", act: async (page) => page.getByRole("button", { name: /^(Giao vai trò|Give a role): Đỗ/ }).click() },
  { name: "admin-devices", search: "?open", hash: "#/admin/devices", act: press(/^(Tất cả|All)$/) },
  {
    name: "admin-revoke",
    search: "?open",
    hash: "#/admin/devices",
    act: async (page) => {
      await page.getByRole("button", { name: /Samsung/ }).click();
      await page.getByText(/^(Mất hoặc bị lấy cắp|Lost or stolen)$/).click();
      await page.getByRole("checkbox").check();
    },
  },
  { name: "admin-approvals", search: "?open", hash: "#/admin/approvals", act: summary(1) },
  { name: "admin-erasure", search: "?open", hash: "#/admin/erasure" },
  { name: "admin-erase", search: "?open", hash: "#/admin/erasure?record=r5" },
  { name: "admin-log", search: "?open", hash: "#/admin/log" },
  { name: "admin-units", search: "?open", hash: "#/admin/units" },
  { name: "admin-people-dark", search: "?open", hash: "#/settings", act: async (page) => { await press(/^(Tối|Dark)$/)(page); await page.evaluate(() => (location.hash = "#/admin/people")); await page.waitForTimeout(400); } },
  { name: "admin-record", search: "?open", hash: "#/record/r1" },
);
/** The desk, with answers that are made up. */
for (const [name, hash] of [
  ["desk-overview", "#/desk/overview"],
  ["desk-overview-table", "#/desk/overview?as=table"],
  ["desk-reviews", "#/desk/reviews"],
  ["desk-reviews-changed", "#/desk/reviews?state=changed"],
  ["desk-figures", "#/desk/figures?measure=activities&by=themes"],
  ["desk-quality", "#/desk/quality"],
  ["desk-records", "#/desk/records?measure=activities&month=2023-04"],
] as const) {
  screens.push({ name, search: "?open", hash });
}
screens.push({
  name: "desk-overview-dark",
  search: "?open",
  hash: "#/settings",
  act: async (page) => {
    await press(/^(Tối|Dark)$/)(page);
    await page.evaluate(() => (location.hash = "#/desk/overview"));
    await page.waitForTimeout(800);
  },
});

/** The desk, where there are answers of a hub to show: `HUB_ANSWERS` is a folder of `quality.json`, `targets.json` and so on. */
const answers = process.env.HUB_ANSWERS;
if (answers) {
  for (const [name, hash] of [
    ["desk-targets", "#/desk/targets?year=2023"],
    ["desk-deadlines", "#/desk/deadlines"],
    ["desk-rounds", "#/desk/rounds"],
    ["desk-reports", "#/desk/reports"],
    ["desk-report", "#/desk/reports/r1"],
  ] as const) {
    screens.push({ name, search: "?open", hash });
  }
}

mkdirSync(out, { recursive: true });
const browser = await launch();
let serious = 0;
for (const language of ["vi", "en"]) {
  for (const width of [360, 1280]) {
    for (const screen of screens.filter((one) => !only || one.name.includes(only))) {
      const context = await browser.newContext({ viewport: { width, height: width === 360 ? 740 : 800 }, bypassCSP: false });
      const page = await context.newPage();
      const noted = complaints(page);
      const hub = new StandInHub();
      if (screen.name.startsWith("admin")) hub.duties = EVERY_DUTY;
      await page.addInitScript((it) => localStorage.setItem("dongbo.settings", JSON.stringify({ language: it, theme: "light" })), language);
      await answerAsHub(context);
      if (answers) {
        await context.route("**/api/v1/c/*/**", (route) => {
          const [, first = "", second] = new URL(route.request().url()).pathname.replace(/^.*\/c\/[^/]+/, "").split("/");
          const file = `${answers}/${first}${first === "reports" && second ? "" : second && first === "records" ? "-one" : ""}.json`;
          return existsSync(file) ? route.fulfill({ path: file, contentType: "application/json" }) : route.fallback();
        });
      }
      // After the desk's answers, so that it comes before them.
      await hub.in(context);
      await page.goto(`${base}/${screen.search ?? ""}${screen.hash}`);
      await page.waitForTimeout(500);
      await screen.act?.(page).catch((error: unknown) => noted.push(`act: ${String(error).split("\n")[0]}`));
      await page.waitForTimeout(300);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) noted.push(`wider than the screen by ${overflow} px`);
      await page.screenshot({ path: `${out}/${screen.name}-${width}-${language}.png`, fullPage: process.env.FULL !== "0" });
      // Evaluated by the debugger, so the page's policy does not stand in its way.
      await page.evaluate(axe).catch((error: unknown) => noted.push(`axe: ${String(error).split("\n")[0]}`));
      const found = await page.evaluate(async () => {
        const { axe: tool } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] }> } };
        const { violations } = await tool.run();
        return violations.map((one) => ({ id: one.id, impact: one.impact, html: one.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)) }));
      });
      for (const one of found) {
        if (one.impact === "serious" || one.impact === "critical") serious += 1;
        noted.push(`axe ${one.impact} ${one.id}: ${one.html.join(" | ")}`);
      }
      if (noted.length) console.log(`${screen.name} ${width} ${language}\n  ${noted.join("\n  ")}`);
      await context.close();
    }
  }
}
await browser.close();
console.log(`${serious} serious findings`);
process.exitCode = serious ? 1 : 0;
