/** The core of a page, asked from a test. */
import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import type { databases } from "../src/core/databases.ts";
import type { call } from "../src/core/client.ts";
import type { Arguments, CallName, Me, Problem, Result } from "../src/core/types.ts";
import { COMMUNE, Hub } from "./hub.ts";

export { COMMUNE, expect };

type InPage = { core: { call: typeof call; live: (hint: () => void) => () => void; databases: typeof databases; events: string[] } };

/** A tab with the core in it. */
export class Tab {
  constructor(readonly page: Page) {}

  static async open(context: BrowserContext, hub: Hub): Promise<Tab> {
    const page = await context.newPage();
    await page.goto(`${hub.origin}/index.html`);
    await page.waitForFunction(() => "core" in window);
    return new Tab(page);
  }

  call<K extends CallName>(name: K, args: Arguments<K>): Promise<Result<K>> {
    const asked = { name, args };
    return this.page.evaluate(({ name, args }) => {
      const { core } = window as unknown as InPage;
      return core.call(name as "me", args as never).catch((problem: unknown) => {
        // A problem is no Error, and only these come through whole.
        throw new Error(JSON.stringify(problem));
      });
    }, asked) as unknown as Promise<Result<K>>;
  }

  /** The problem that a call fails with. */
  async problem<K extends CallName>(name: K, args: Arguments<K>): Promise<Problem> {
    const failed = await this.call(name, args).then(
      (answer) => `no problem, but ${JSON.stringify(answer)}`,
      (error: Error) => error.message,
    );
    const json = /\{.*\}/.exec(failed);
    return JSON.parse(json?.[0] ?? JSON.stringify(failed)) as Problem;
  }

  events(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as InPage).core.events.splice(0));
  }

  /** Somebody new, joined and with forms. */
  async join(hub: Hub, name: string, pin?: string): Promise<Me> {
    await this.call("enrol", { invitation: hub.invite(name), name, device: "test", ...(pin ? { pin } : {}) });
    await this.call("join", {});
    await this.call("sync", { deadline_ms: 60_000 });
    return this.call("me", {});
  }

  create(title: string, draft?: string): Promise<Result<"create">> {
    const typed = { form: "activity", unit: COMMUNE, answers: { title } };
    return this.call("create", draft ? { ...typed, draft } : typed);
  }

  sync(): Promise<Result<"sync">> {
    return this.call("sync", { deadline_ms: 30_000 });
  }
}

export const test = base.extend<object, { hub: Hub }>({
  hub: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the pattern
    async ({}, use) => {
      const hub = await Hub.start();
      await use(hub);
      await hub.end();
    },
    { scope: "worker" },
  ],
});
