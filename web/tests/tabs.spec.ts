/** Several tabs, a worker that ends, a PIN. */
import { Tab, expect, test } from "./core.ts";

test("one tab owns the store, the others ask it, and one takes over when it closes", async ({ hub, context }) => {
  const first = await Tab.open(context, hub);
  await first.join(hub, "Nguyễn Văn Hai");
  const second = await Tab.open(context, hub);
  const { record } = await second.create("Từ cửa sổ thứ hai");
  expect(await first.call("record", { record })).toMatchObject({ answers: { title: "Từ cửa sổ thứ hai" } });
  expect(await first.events()).toContain("changed");
  await first.page.close();
  expect(await second.call("query", { search: "cua so thu hai" })).toMatchObject({ total: 1 });
  expect(await second.events()).toContain("owner");
});

test("a call is done once, whoever owns the store", async ({ hub, context }) => {
  const first = await Tab.open(context, hub);
  await first.join(hub, "Trần Văn Một");
  const second = await Tab.open(context, hub);
  await second.call("me", {});
  const saves = Promise.allSettled(Array.from({ length: 20 }, (_, number) => second.create(`Lần ${number}`)));
  await first.page.close();
  const outcomes = await saves;
  const done = outcomes.filter(({ status }) => status === "fulfilled").length;
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(String(outcome.reason)).toContain('"interrupted"');
  }
  const { records } = await second.call("query", { search: "lan", only: "unsent", limit: 100 });
  const titles = records.map(({ answers }) => answers.title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles.length).toBeGreaterThanOrEqual(done);
});

test("behind a PIN a takeover locks", async ({ hub, context }) => {
  const first = await Tab.open(context, hub);
  const { person } = await first.join(hub, "Phạm Thị Khóa", "2580");
  await first.create("Trong két");
  const second = await Tab.open(context, hub);
  expect(await second.call("me", {})).toMatchObject({ person });
  await first.page.close();
  await expect.poll(() => second.problem("me", {})).toMatchObject({ code: "closed" });
  expect(await second.events()).toContain("locked");
  expect(await second.problem("unlock", { person })).toMatchObject({ code: "pin_needed" });
  for (let tries = 0; tries < 5; tries += 1) {
    expect(await second.problem("unlock", { person, pin: "0000" })).toMatchObject({ code: "wrong_pin" });
  }
  // The count outlives the tab.
  const third = await Tab.open(context, hub);
  await second.page.close();
  expect(await third.problem("unlock", { person, pin: "2580" })).toMatchObject({ code: "pin_wait" });
  const [waiting] = await third.call("people", {});
  expect(waiting).toMatchObject({ needs_pin: true, state: "ready" });
  expect(waiting?.wait_ms).toBeGreaterThan(20_000);
});

test("a worker that ends is started again, with the store open", async ({ hub, context }) => {
  const tab = await Tab.open(context, hub);
  await tab.join(hub, "Lê Văn Lại");
  const { record } = await tab.create("Trước khi hỏng");
  const [worker] = tab.page.workers();
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error("a trap");
    });
  });
  await expect.poll(() => tab.page.workers().some((other) => other !== worker)).toBe(true);
  expect(await tab.call("record", { record })).toMatchObject({ answers: { title: "Trước khi hỏng" } });
});
