/** The app as somebody has it: a browser of theirs, on the app that a real hub serves. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, chromium, expect, type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from "@playwright/test";
import { launchOptions } from "../e2e/browser.ts";
import { Hub } from "./hub.ts";

export { expect };

/** What the names of people's databases begin with. */
const STORES = "dongbo-store-";

export const PHONE = { viewport: { width: 360, height: 740 } };
export const LAPTOP = { viewport: { width: 1280, height: 900 } };

/** What no page may do, whatever is typed into it: break its policy, throw, or open a box of the browser's. */
export function alarms(context: BrowserContext): string[] {
  const noted: string[] = [];
  context.on("dialog", (dialog) => {
    noted.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("weberror", (error) => noted.push(`thrown: ${error.error().message}`));
  context.on("console", (message) => {
    if (/Content Security Policy|Trusted(?:HTML|Script|Type)/i.test(message.text())) noted.push(`policy: ${message.text()}`);
  });
  return noted;
}

export class App {
  readonly alarms: string[];

  private constructor(
    readonly context: BrowserContext,
    public page: Page,
    private readonly hub: Hub,
    /** Where the browser keeps everything, if it is to be there after a kill. */
    private readonly profile?: string,
  ) {
    this.alarms = alarms(context);
  }

  /** A browser of its own, forgotten when it closes. `first` is a script that its pages and their workers begin with. */
  static async open(browser: Browser, hub: Hub, options: BrowserContextOptions = PHONE, first?: string): Promise<App> {
    const context = await browser.newContext(first ? { ...options, serviceWorkers: "block" } : options);
    if (first) await begins(context, first);
    const app = new App(context, await context.newPage(), hub);
    await app.go("#/");
    return app;
  }

  /** A browser whose profile outlives it. */
  static async install(hub: Hub, profile = mkdtempSync(join(tmpdir(), "dongbo-profile-")), offline = false): Promise<App> {
    const context = await chromium.launchPersistentContext(profile, { ...launchOptions, ...PHONE });
    await context.setOffline(offline);
    const app = new App(context, context.pages()[0] ?? (await context.newPage()), hub, profile);
    await app.go("#/");
    return app;
  }

  /** As a power cut: no page hears of it, nothing is closed. Gives the app as it is started anew from the same profile. */
  async kill({ offline }: { offline: boolean }): Promise<App> {
    const crash = await this.context.newCDPSession(this.page);
    await crash.send("Browser.crash").catch(() => undefined);
    await this.context.close().catch(() => undefined);
    return App.install(this.hub, this.profile, offline);
  }

  async go(hash: string): Promise<void> {
    await this.page.goto(`${this.hub.origin}/${hash}`);
  }

  /** From an invitation to the home page. */
  async join(invitation: string, name: string, pin = ""): Promise<void> {
    const { page } = this;
    await this.go("#/join");
    await page.getByLabel("Đường dẫn lời mời").fill(invitation);
    await page.getByRole("button", { name: "Xem lời mời" }).click();
    await page.getByLabel("Họ và tên của bạn").fill(name);
    if (pin) {
      await page.getByLabel("Đặt mã PIN").fill(pin);
      await page.getByLabel("Nhập lại mã PIN").fill(pin);
    }
    await page.getByRole("button", { name: "Tham gia" }).click();
    await expect(this.heading()).toHaveText(`Chào ${name}`);
  }

  /** Until the whole app is on the device: from then on it starts without a network. */
  async ready(): Promise<void> {
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  }

  /** Locks, and asks who it is. */
  async lock(): Promise<void> {
    await this.go("#/settings");
    await this.button("Khóa và đổi người").click();
    await expect(this.heading()).toHaveText("Bạn là ai?");
  }

  /** The device, as the settings name it. */
  async device(): Promise<string> {
    await this.go("#/settings");
    return (await this.page.locator("dd.small").textContent()) ?? "";
  }

  /** The id under which this browser knows the one person it has. */
  async person(): Promise<string> {
    const names = await this.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? ""));
    return names.find((name) => name.startsWith(STORES))?.slice(STORES.length) ?? "";
  }

  heading(): Locator {
    return this.page.getByRole("heading", { level: 1 });
  }

  field(path: string): Locator {
    return this.page.locator(`[data-path="${path}"]`);
  }

  input(path: string): Locator {
    return this.field(path).locator("input, textarea").first();
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** Begins a record: two taps. */
  async begin(form = "Hoạt động thi đua"): Promise<void> {
    await this.go("#/new");
    await this.page.getByRole("link", { name: form }).click();
    await expect(this.heading()).toHaveText(`${form}: ghi mới`);
  }

  async type(answers: Record<string, string>): Promise<void> {
    for (const [path, answer] of Object.entries(answers)) await this.input(path).fill(answer);
  }

  async save(): Promise<void> {
    await this.button("Lưu").click();
    await expect(this.page.getByText("Đã lưu trên máy này.")).toBeVisible();
    await expect(this.page).toHaveURL(/#\/record\//);
  }

  /** Records something and gives its address. */
  async record(answers: Record<string, string>, form?: string): Promise<string> {
    await this.begin(form);
    await this.type(answers);
    await this.save();
    return new URL(this.page.url()).hash;
  }

  /** Changes the record that is shown. */
  async edit(answers: Record<string, string>): Promise<void> {
    await this.page.getByRole("link", { name: "Sửa bản ghi" }).click();
    await this.type(answers);
    await this.save();
  }

  /** Until the bar says that the hub has everything. */
  async agreed(): Promise<void> {
    await expect(this.page.getByText("Đã nhận hết")).toBeVisible({ timeout: 30_000 });
  }

  /** Synchronises at once, as somebody taps it. */
  async sync(): Promise<void> {
    await this.button("Đồng bộ ngay").first().click();
    await expect(this.button("Đồng bộ ngay").first()).toBeEnabled();
  }

  offline(offline: boolean): Promise<void> {
    return this.context.setOffline(offline);
  }

  /** Closes it, where nothing of it was wrong. */
  async close(): Promise<void> {
    await this.context.close().catch(() => undefined);
    if (this.profile) rmSync(this.profile, { recursive: true, force: true });
    expect(this.alarms).toEqual([]);
  }
}

async function begins(context: BrowserContext, script: string): Promise<void> {
  await context.addInitScript(script);
  await context.route(/\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    const { "content-encoding": _, "content-length": __, ...headers } = response.headers();
    await route.fulfill({ status: response.status(), headers, body: `${script}\n${await response.text()}` });
  });
}

/** Whether a piece of text runs from left to right on the screen. */
export function readsForward(where: Locator, piece: string): Promise<boolean> {
  return where.evaluate((element, wanted) => {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.textContent?.indexOf(wanted) ?? -1;
      if (at < 0) continue;
      const left = (offset: number): number => {
        const range = document.createRange();
        range.setStart(node, offset);
        range.setEnd(node, offset + 1);
        return range.getBoundingClientRect().left;
      };
      return left(at) < left(at + wanted.length - 1);
    }
    throw new Error(`"${wanted}" is not there`);
  }, piece);
}

export const test = base.extend<object, { hub: Hub }>({
  hub: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
    async ({}, use) => {
      const hub = await Hub.withApp();
      await use(hub);
      await hub.end();
    },
    { scope: "worker" },
  ],
});
