/** From an invitation to agreement, against a real hub. */
import { COMMUNE, Tab, expect, test } from "./core.ts";

test("somebody joins, works offline, and the hub has it", async ({ hub, browser }) => {
  const context = await browser.newContext();
  const hoa = await Tab.open(context, hub);
  expect(await hoa.call("people", {})).toEqual([]);
  const me = await hoa.join(hub, "Nguyễn Thị Hòa");
  expect(me).toMatchObject({ name: "Nguyễn Thị Hòa", campaign: "kh244", joined: true, revoked: null });
  expect(me.member).toMatchObject({ name: "Nguyễn Thị Hòa", units: [COMMUNE], roles: ["commune_officer"] });
  expect((await hoa.call("creatable", {})).map(({ form }) => form)).toContain("activity");

  await context.setOffline(true);
  const { record } = await hoa.create("Ra quân khu phố 3");
  expect(await hoa.call("record", { record })).toMatchObject({ answers: { title: "Ra quân khu phố 3" }, status: "on_this_device" });
  expect(await hoa.problem("sync", { deadline_ms: 5_000 })).toMatchObject({ code: "unreachable" });
  await context.setOffline(false);
  expect(await hoa.sync()).toMatchObject({ admitted: 1, more: false });
  expect(await hoa.call("record", { record })).toMatchObject({ status: "received" });
  const page = await hoa.call("query", { search: "ra quan" });
  expect(page).toMatchObject({ total: 1, people: { [me.device]: "Nguyễn Thị Hòa" } });
  await context.close();
});

test("two who were apart keep both values until one is chosen", async ({ hub, browser }) => {
  const [one, other] = [await browser.newContext(), await browser.newContext()];
  const [hoa, binh] = [await Tab.open(one, hub), await Tab.open(other, hub)];
  await hoa.join(hub, "Lê Thị Hòa");
  await binh.join(hub, "Trần Văn Bình");
  const { record } = await hoa.create("Chung");
  await hoa.sync();
  await binh.sync();
  for (const [tab, title] of [[hoa, "Của Hòa"], [binh, "Của Bình"]] as const) {
    const { heads } = await tab.call("record", { record });
    await tab.call("edit", { record, heads, answers: { title } });
  }
  await hoa.sync();
  await binh.sync();
  await hoa.sync();
  const { conflicts } = await hoa.call("record", { record });
  expect(conflicts?.[0]?.candidates.map(({ value }) => value).sort()).toEqual(["Của Bình", "Của Hòa"]);
  expect(await hoa.call("query", { only: "conflicts" })).toMatchObject({ total: 1 });
  const { heads } = await hoa.call("record", { record });
  await hoa.call("resolve", { record, heads, path: "title", choice: 1 });
  await hoa.sync();
  await binh.sync();
  const settled = await binh.call("record", { record });
  expect(settled.conflicts ?? []).toEqual([]);
  expect(settled.answers.title).toBe(conflicts?.[0]?.candidates[1]?.value);
  expect((await binh.call("history", { record })).entries).toHaveLength(4);
  await one.close();
  await other.close();
});

test("a save that is refused keeps its answers as a draft first", async ({ hub, browser }) => {
  const context = await browser.newContext();
  const lan = await Tab.open(context, hub);
  await lan.join(hub, "Phạm Thị Lan");
  const problem = await lan.problem("create", { form: "activity", unit: COMMUNE, answers: { held_on: "hôm qua" } });
  expect(problem).toMatchObject({ code: "invalid_value", kept: "draft" });
  const [draft] = await lan.call("drafts", {});
  expect(draft).toMatchObject({ form: "activity", answers: { held_on: "hôm qua" } });
  await lan.call("drop_draft", { draft: draft?.id ?? "" });
  expect(await lan.call("drafts", {})).toEqual([]);
  await context.close();
});

test("a hint comes when somebody else saves", async ({ hub, browser }) => {
  const [one, other] = [await browser.newContext(), await browser.newContext()];
  const [hoa, binh] = [await Tab.open(one, hub), await Tab.open(other, hub)];
  await hoa.join(hub, "Đỗ Thị Hòa");
  await binh.join(hub, "Võ Văn Bình");
  const hinted = hoa.page.evaluate(() => new Promise<void>((hint) => (window as never as { core: { live: (hint: () => void) => void } }).core.live(hint)));
  await hoa.page.waitForResponse((response) => response.url().endsWith("/live"));
  await binh.create("Có tin mới");
  await binh.sync();
  await hinted;
  await one.close();
  await other.close();
});
