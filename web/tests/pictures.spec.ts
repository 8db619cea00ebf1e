/**
 * A picture of every screen, at a phone's and at a laptop's width (`WIDTHS`), in Vietnamese and English (`LANGUAGES`), into
 * `target/screens`. axe-core looks at each, and none is wider than its window. `SAMPLES=1` writes those of `docs/screens.md` too.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "@playwright/test";
import { App, LAPTOP, PHONE, expect, test } from "./app.ts";
import { ADMINISTRATOR, AGGREGATOR, Hub, withoutForm } from "./hub.ts";
import { COLLEAGUES_RECORDS, SHARED, type MadeUp } from "./made_up.ts";
import { screens, type Known, type Screen, type Whose } from "./screens.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const out = process.env.SCREENS ?? join(root, "target/screens");
const docs = join(root, "docs");
const languages = (process.env.LANGUAGES ?? "vi,en").split(",");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** A page that has not changed for so long is what somebody looks at. */
const STILL_MS = 600;
const widths = process.env.WIDTHS?.split(",").map(Number);
const sizes = [PHONE.viewport, LAPTOP.viewport].filter(({ width }) => widths?.includes(width) ?? true);

let hub: Hub;
let apps: Record<Whose, App>;
let all: Screen[];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000);
  hub = await Hub.withApp();
  const known = await people(browser);
  all = screens(known, hub.invite("Trần Văn Mời"));
  for (const folder of languages) mkdirSync(join(out, folder), { recursive: true });
});

test.afterAll(async () => {
  for (const app of Object.values(apps ?? {})) await app.close();
  await hub.end();
});

for (const language of languages) {
  for (const { width, height } of sizes) {
    test(`every screen, ${language}, ${width} px`, async () => {
      test.setTimeout(600_000);
      const wrong: string[] = [];
      for (const app of Object.values(apps)) await app.page.setViewportSize({ width, height });
      for (const screen of all) {
        const found = await take(screen, language, width).catch((error: unknown) => [String(error).split("\n").slice(0, 3).join(" ")]);
        wrong.push(...found.map((one) => `${screen.name}: ${one}`));
      }
      expect(wrong).toEqual([]);
    });
  }
}

if (process.env.SAMPLES) {
  test("the page that shows the samples", () => {
    const shown = all.flatMap(({ name, sample }) => (sample ? [{ name, ...sample }] : []));
    const lines = shown.map(({ name, width, tells }) => `${tells}\n\n<img src="screens/${name}.png" width="${width / 2}" alt="${name}">\n`);
    const head = "# The app's screens\n\nMade-up data on a real hub. `cargo xtask web test --samples` takes these pictures anew.\n\n";
    writeFileSync(join(docs, "screens.md"), head + lines.join("\n"));
  });
}

/** Takes one picture and gives what is wrong with the screen. */
async function take({ name, of, hash, act, offline, sample }: Screen, language: string, width: number): Promise<string[]> {
  const app = apps[of];
  const { page } = app;
  await app.offline(offline ?? false);
  await page.evaluate((it) => localStorage.setItem("dongbo.settings", JSON.stringify({ language: it, theme: "light" })), language);
  await app.go(hash);
  await page.reload();
  await expect(app.heading()).toBeVisible();
  await settled(app);
  await act?.(page);
  await settled(app);
  await page.screenshot({ path: join(out, language, `${name}-${width}.png`), fullPage: true, animations: "disabled" });
  if (process.env.SAMPLES && language === "vi" && sample?.width === width) {
    await page.screenshot({ path: join(docs, "screens", `${name}.png`), animations: "disabled" });
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  const found = await serious(app);
  if (wider > 0) found.push(`wider than the screen by ${wider} px`);
  return found;
}

/** Until the page has been still for a moment. Requests tell nothing: the core answers without any, and one stays open for hints. */
async function settled({ page }: App): Promise<void> {
  await expect(page.getByText(/^(Đang mở…|Opening…)$/)).toHaveCount(0);
  await page.evaluate(
    (still_ms) =>
      new Promise<void>((still) => {
        const end = (): void => (changes.disconnect(), still());
        let timer = setTimeout(end, still_ms);
        const changes = new MutationObserver(() => {
          clearTimeout(timer);
          timer = setTimeout(end, still_ms);
        });
        changes.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      }),
    STILL_MS,
  );
}

/** What axe-core finds serious. It is evaluated by the debugger, so the page's policy does not stand in its way. */
async function serious({ page }: App): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Violation {
      id: string;
      impact: string;
      nodes: { html: string }[];
    }
    const { axe: tool } = window as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } };
    const { violations } = await tool.run({ resultTypes: ["violations"] });
    const bad = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    return bad.map(({ id, impact, nodes }) => `axe ${impact} ${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 140)).join(" | ")}`);
  });
}

/** People in every state that there is a screen for. */
async function people(browser: Browser): Promise<Known> {
  const open = (): Promise<App> => App.open(browser, hub);
  const joined = async (name: string, pin?: string, as?: Parameters<Hub["invite"]>[1]): Promise<App> => {
    const app = await open();
    await app.join(hub.invite(name, as), name, pin);
    return app;
  };
  const minh = await joined("Trần Văn Minh");
  const kim = await joined("Đỗ Thị Kim", "2580");
  const person = await kim.person();
  await kim.lock();
  const [roi, mat] = [await joined("Lý Thị Rời"), await joined("Hồ Văn Mất")];
  const colleague = hub.colleague("Nguyễn Thị Ngọc Lan");
  const write = ({ form, answers }: MadeUp): string => colleague.write(form, answers);
  const written = COLLEAGUES_RECORDS.map(write);
  const conflict = write(SHARED);
  const withdrawn = written[2] ?? "";
  colleague.run("withdraw", withdrawn, "--reason", "Ghi trùng với sổ của hội phụ nữ");
  colleague.run("sync");
  await minh.go("#/");
  await minh.sync();

  // Apart, two change the same answer; and the hub refuses what was written for a form that is no more.
  await minh.go(`#/record/${conflict}`);
  await minh.offline(true);
  await minh.edit({ title: "Ra quân Tổ công nghệ số khu phố Hải Điền" });
  colleague.run("edit", conflict, "--set", "title=Ra quân Tổ công nghệ số cộng đồng khu phố Lộc An");
  colleague.run("sync");
  await minh.offline(false);
  await minh.agreed();
  const gone = await minh.record({ title: "Tin nhắn giả mạo ngân hàng", description: "Ba hộ nhận được." }, "Sự cố an toàn thông tin");
  await minh.agreed();
  await minh.offline(true);
  await minh.record({ title: "Mất máy tính bảng của tổ", description: "Đã báo công an xã." }, "Sự cố an toàn thông tin");
  hub.publish(withoutForm("incident"), "để xem màn hình");
  await minh.offline(false);
  await minh.sync();
  await expect(minh.page.getByText(/Cần xem lại: 1/)).toBeVisible();
  await minh.begin("Tiếp cận, hướng dẫn người dân");
  await minh.type({ place: "Khu phố Lộc An" });
  await expect(minh.page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  const draft = /fill\/([^?]+)/.exec(minh.page.url())?.[1] ?? "";

  // What a phone had signed before it was lost comes late, by whoever found it.
  const lost = hub.colleague("Bùi Văn Sót");
  lost.write("outreach", { organisation: "cnscd", held_on: "2023-09-02", place: "Khu phố Long Sơn", method: "door_to_door", topic: "cashless", reached: 21, no_secret: true });
  hub.run("devices", "revoke", lost.device, "--reason", "lost");
  lost.run("sync");

  await roi.offline(true);
  await roi.record({ title: "Chưa kịp gửi" });
  for (const [app, reason] of [[roi, "left"], [mat, "lost"]] as const) hub.run("devices", "revoke", await app.device(), "--reason", reason, "--wipe");
  await roi.begin();
  await roi.type({ title: "Còn viết dở" });
  await expect(roi.page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  await roi.offline(false);
  await expect(roi.heading()).toHaveText("Quyền của máy này đã bị thu hồi", { timeout: 30_000 });
  await mat.go("#/");
  await expect(mat.heading()).toHaveText("Bạn là ai?", { timeout: 30_000 });
  apps = { minh, kim, roi, mat, lan: await joined("Phạm Thị Lan", undefined, AGGREGATOR), quan: await joined("Lưu Thị Quân", undefined, ADMINISTRATOR), moi: await joined("Vũ Thị Mới", undefined, { unit: "26545", role: "commune_officer" }), nobody: await open() };
  return { conflict, gone: gone.slice("#/record/".length), withdrawn, plain: written[1] ?? "", draft, report: written.at(-1) ?? "", person };
}
