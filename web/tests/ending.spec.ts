/** A device that is to end. */
import { COMMUNE, Tab, expect, test } from "./core.ts";

test("a lost device is wiped at once", async ({ hub, context }) => {
  const tab = await Tab.open(context, hub);
  const { person, device } = await tab.join(hub, "Nguyễn Văn Mất");
  await tab.create("Chưa gửi");
  hub.run("devices", "revoke", device, "--reason", "lost", "--wipe");
  expect(await tab.problem("sync", { deadline_ms: 30_000 })).toMatchObject({ code: "wiped", kept: "gone" });
  expect(await tab.events()).toContain("locked");
  expect(await tab.call("people", {})).toMatchObject([{ id: person, state: "wiped" }]);
  const names = await tab.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(names).toEqual(["dongbo-people"]);
  await tab.call("remove", { person });
  expect(await tab.call("people", {})).toEqual([]);
});

test("who leaves is told so, and wipes the store when they are done", async ({ hub, context }) => {
  const tab = await Tab.open(context, hub);
  const { device } = await tab.join(hub, "Trần Thị Rời");
  await tab.create("Ký trước khi rời");
  expect(await tab.problem("wipe", {})).toMatchObject({ code: "not_revoked" });
  hub.run("devices", "revoke", device, "--reason", "left", "--wipe");
  await tab.sync().catch(() => undefined);
  expect(await tab.call("me", {})).toMatchObject({ revoked: { reason: "left" } });
  const [notice] = await tab.call("notices", {});
  expect(notice).toMatchObject({ kind: "leaving", unsent: 0, drafts: 0, wipe: true });
  expect(await tab.problem("query", {})).toMatchObject({ code: "revoked" });
  expect(await tab.problem("create", { form: "activity", unit: COMMUNE, answers: {} })).toMatchObject({ code: "revoked" });
  await tab.call("wipe", {});
  expect(await tab.call("people", {})).toMatchObject([{ state: "wiped" }]);
});

test("who never joined can be taken off the list", async ({ hub, context }) => {
  const tab = await Tab.open(context, hub);
  const invitation = hub.invite("Vũ Thị Chờ");
  const { person } = await tab.call("enrol", { invitation, name: "Vũ Thị Chờ", device: "máy" });
  await tab.call("remove", { person });
  expect(await tab.call("people", {})).toEqual([]);
  const names = await tab.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(names).toEqual(["dongbo-people"]);
  // Its invitation is as good as before.
  await tab.call("enrol", { invitation, name: "Vũ Thị Chờ", device: "máy" });
  expect(await tab.call("join", {})).toMatchObject({ joined: true });
  // And whoever joined keeps what they have.
  const [joined] = await tab.call("people", {});
  expect(await tab.problem("remove", { person: joined?.id ?? "" })).toMatchObject({ code: "unsent_work" });
});

test("a device that is left keeps what is unsent until it was given away", async ({ hub, context }) => {
  const tab = await Tab.open(context, hub);
  const { person, device } = await tab.join(hub, "Đặng Văn Rời");
  hub.run("devices", "revoke", device, "--reason", "left", "--wipe");
  await tab.sync().catch(() => undefined);
  for (const title of ["Gõ dở khi rời", "Gõ sau khi xuất"]) {
    const draft = { id: crypto.randomUUID(), form: "activity", unit: COMMUNE, heads: [], answers: { title }, touched_ms: 0 };
    await tab.call("keep_draft", { draft });
    expect(await tab.problem("wipe", {})).toMatchObject({ code: "unsent_work" });
    await tab.call("export_for_administrator", {});
  }
  await tab.call("wipe", {});
  expect(await tab.call("people", {})).toMatchObject([{ id: person, state: "wiped" }]);
});
