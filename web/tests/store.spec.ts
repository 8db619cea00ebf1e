/** What IndexedDB is held to: conformance, durability, a full disk, a newer app. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { COMMUNE, Tab, expect, test } from "./core.ts";

test("the store conforms", async ({ hub, page }) => {
  await page.goto(`${hub.origin}/conformance.html`);
  await page.waitForFunction(() => "conforms" in window);
  await page.evaluate(() => (window as unknown as { conforms: () => Promise<void> }).conforms());
});

test("what was saved is there after the browser was killed", async ({ hub }, { project }) => {
  const folder = mkdtempSync(join(tmpdir(), "dongbo-profile-"));
  const launch = () => chromium.launchPersistentContext(folder, project.use.launchOptions ?? {});
  let context = await launch();
  let hoa = await Tab.open(context, hub);
  const { person } = await hoa.join(hub, "Nguyễn Thị Bền");
  for (let round = 0; round < 3; round += 1) {
    await hoa.create(`Bền ${round}`);
    await hoa.call("keep_draft", {
      draft: { id: crypto.randomUUID(), form: "activity", unit: COMMUNE, heads: [], answers: { title: `Nháp ${round}` }, touched_ms: 0 },
    });
    // As a power cut: no page hears of it, nothing is closed.
    const crash = await context.newCDPSession(hoa.page);
    await crash.send("Browser.crash").catch(() => undefined);
    await context.close().catch(() => undefined);
    context = await launch();
    hoa = await Tab.open(context, hub);
    await hoa.call("unlock", { person });
    expect(await hoa.call("summary", {})).toMatchObject({ outbox: round + 1, drafts: round + 1 });
  }
  await context.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a full disk loses nothing that was saved, and says so", async ({ hub, context }) => {
  const hoa = await Tab.open(context, hub);
  const cdp = await context.newCDPSession(hoa.page);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin: hub.origin, quotaSize: 6 << 20 });
  await hoa.join(hub, "Trần Thị Đầy");
  const { record } = await hoa.create("Trước khi đầy");
  const draft = { id: crypto.randomUUID(), form: "activity", unit: COMMUNE, heads: [], touched_ms: 0 };
  const large = { draft: { ...draft, answers: { content: "x".repeat(7 << 20) } } };
  expect(await hoa.problem("keep_draft", large)).toMatchObject({ code: "disk_full", kept: "nothing_of_this_step" });
  expect(await hoa.call("drafts", {})).toEqual([]);
  expect(await hoa.call("record", { record })).toMatchObject({ answers: { title: "Trước khi đầy" } });
  await cdp.send("Storage.overrideQuotaForOrigin", { origin: hub.origin });
  await hoa.call("keep_draft", large);
  expect(await hoa.call("drafts", {})).toHaveLength(1);
});

test("a store of a newer app is left alone", async ({ hub, context }) => {
  const hoa = await Tab.open(context, hub);
  const { person } = await hoa.join(hub, "Lê Thị Mới");
  await hoa.call("lock", {});
  await hoa.page.evaluate(async (name) => {
    // As a newer app would leave it: the same pairs, another version.
    await new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 2);
      request.onsuccess = () => resolve(request.result.close());
      request.onerror = () => reject(request.error);
    });
  }, `dongbo-store-${person}`);
  expect(await hoa.problem("unlock", { person })).toMatchObject({ code: "store_newer", kept: "everything" });
});

test("without IndexedDB it says that nothing can be kept here", async ({ hub, context }) => {
  await context.route(/databases\.ts/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `Object.defineProperty(globalThis,"indexedDB",{value:undefined});${await response.text()}` });
  });
  const tab = await Tab.open(context, hub);
  expect(await tab.problem("people", {})).toMatchObject({ code: "store_unavailable", kept: "everything" });
});
