/** What people do all day, at a real hub: lists, counters, taking back, keys alone, how the app looks, reviews, fewer units. */
import type { Locator, Page } from "@playwright/test";
import { AGGREGATOR, type Hub } from "./hub.ts";
import { App, LAPTOP, expect, test } from "./app.ts";

const OUTREACH = "Tiếp cận, hướng dẫn người dân";

interface AtHub {
  answers: Record<string, unknown>;
  withdrawn?: string;
  changes: number;
}

/** A record as the hub has it, by its address in the app. */
const atHub = (hub: Hub, address: string): AtHub => hub.run("history", idOf(address)) as unknown as AtHub;
const idOf = (address: string): string => address.replace("#/record/", "");

test("an item that was taken out while filling is put back where it was, with what was in it", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const { page } = hoa;
  await hoa.join(hub.invite("Vũ Thị Hòa"), "Vũ Thị Hòa");
  await hoa.begin();
  await hoa.type({ title: "Ngày hội chuyển đổi số" });
  const group = hoa.field("participants");
  const counts = group.locator('[data-path$="/count"] input');
  for (const people of ["120", "45"]) {
    await group.getByRole("button", { name: "Thêm mục" }).click();
    await counts.last().fill(people);
  }
  await group.getByRole("button", { name: "Xóa mục 1" }).click();
  await expect(group.getByText("Đã xóa mục.")).toBeVisible();
  await expect(counts).toHaveCount(1);
  await expect(counts).toHaveValue("45");
  // Where the hand was is gone: the keyboard goes on with what takes it back.
  const undo = group.getByRole("button", { name: "Hoàn tác" });
  await expect(undo).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(counts).toHaveCount(2);
  await expect(counts.first()).toHaveValue("120");
  await expect(counts.last()).toHaveValue("45");
  await expect(undo).toHaveCount(0);
  await expect(group.getByRole("button", { name: "Xóa mục 1" })).toBeFocused();

  // What stays out is out, also at the hub.
  await group.getByRole("button", { name: "Xóa mục 2" }).click();
  await hoa.save();
  await expect(page.getByText("Số người: 120")).toBeVisible();
  await expect(page.getByText("Số người: 45")).toHaveCount(0);
  await hoa.agreed();
  expect(atHub(hub, new URL(page.url()).hash).answers.participants).toMatchObject([{ count: 120 }]);
  await hoa.close();
});

test("two phones that were apart count on one counter, and both counts are in the sum", async ({ hub, browser }) => {
  const [hoa, binh] = [await App.open(browser, hub), await App.open(browser, hub)];
  await hoa.join(hub.invite("Võ Thị Hòa"), "Võ Thị Hòa");
  await binh.join(hub.invite("Võ Văn Bình"), "Võ Văn Bình");
  const reached = (app: App) => ({
    plus: app.field("reached").getByRole("button", { name: "Thêm 1" }),
    minus: app.field("reached").getByRole("button", { name: "Bớt 1" }),
    sum: app.field("reached").locator("input"),
  });
  const { plus, minus, sum } = reached(hoa);
  await hoa.begin(OUTREACH);
  await hoa.type({ place: "Chợ Hòa Long" });
  // Nobody reaches fewer people than none.
  await expect(minus).toBeDisabled();
  for (let people = 0; people < 3; people += 1) await plus.click();
  await minus.click();
  await expect(sum).toHaveValue("2");
  await hoa.save();
  const record = new URL(hoa.page.url()).hash;
  await hoa.agreed();

  await binh.sync();
  await hoa.offline(true);
  await binh.offline(true);
  await hoa.page.getByRole("link", { name: "Sửa bản ghi" }).click();
  // The new sum is typed: what is sent is by how much it grew.
  await sum.fill("1.252");
  await hoa.save();
  await expect(hoa.page.getByText("1.252")).toBeVisible();
  await binh.go(record);
  await binh.page.getByRole("link", { name: "Sửa bản ghi" }).click();
  for (let people = 0; people < 4; people += 1) await reached(binh).plus.click();
  await expect(reached(binh).sum).toHaveValue("6");
  await binh.save();

  await hoa.offline(false);
  await hoa.agreed();
  await binh.offline(false);
  await binh.agreed();
  for (const app of [hoa, binh]) {
    await app.go(record);
    await expect(app.page.getByText("1.256")).toBeVisible();
    await expect(app.page.getByText("Hai người ghi khác nhau")).toHaveCount(0);
  }
  expect(atHub(hub, record).answers.reached).toBe(1256);
  for (const app of [hoa, binh]) await app.close();
});

test("a record that is withdrawn says why until it is taken back", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const { page } = hoa;
  await hoa.join(hub.invite("Vương Thị Hòa"), "Vương Thị Hòa");
  const record = await hoa.record({ title: "Tập huấn dịch vụ công" });
  await page.getByText("Việc khác").click();
  await hoa.button("Rút bản ghi").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Rút bản ghi" })).toBeDisabled();
  await dialog.getByLabel("Lý do rút").fill("Ghi nhầm ngày tổ chức");
  await dialog.getByRole("button", { name: "Rút bản ghi" }).click();
  const why = page.getByText("Đã rút: Ghi nhầm ngày tổ chức");
  await expect(why).toBeVisible();
  await hoa.agreed();
  expect(atHub(hub, record).withdrawn).toBe("Ghi nhầm ngày tổ chức");
  const card = page.locator("a.record", { hasText: "Tập huấn dịch vụ công" });
  await hoa.go("#/records");
  await expect(card.getByText("Đã rút")).toBeVisible();

  await hoa.go(record);
  await expect(why).toBeVisible();
  await page.getByText("Việc khác").click();
  await hoa.button("Lấy lại bản ghi").press("Enter");
  await expect(why).toHaveCount(0);
  await expect(hoa.heading()).toBeFocused();
  await expect(hoa.button("Rút bản ghi")).toBeVisible();
  await hoa.agreed();
  expect(atHub(hub, record).withdrawn).toBeUndefined();
  await hoa.go("#/records");
  await expect(card).toBeVisible();
  await expect(card.getByText("Đã rút")).toHaveCount(0);
  await hoa.close();
});

/** Whether what has the focus can be seen to have it: it has an outline, on the screen and under nothing. */
function focusIsSeen(page: Page): Promise<string> {
  return page.evaluate(() => {
    const it = document.activeElement;
    if (!it || it === document.body) return "nothing has the focus";
    const at = it.closest("label") ?? it;
    const isOutlined = [it, it.nextElementSibling, at].some((one) => {
      if (!one) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    });
    const named = `${it.tagName} ${it.getAttribute("aria-label") ?? at.textContent?.trim().slice(0, 40)}`;
    if (!isOutlined) return `no outline: ${named}`;
    const { left, top, right, bottom } = at.getBoundingClientRect();
    const shown = [top + 3, (top + bottom) / 2, bottom - 3].some((y) => {
      const on = document.elementFromPoint((left + right) / 2, y);
      return on !== null && (at.contains(on) || on.contains(it));
    });
    return shown ? "" : `covered: ${named}`;
  });
}

/** Goes on by keys until something has the focus; all that has it on the way can be seen. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  const isThere = (): Promise<boolean> => wanted.evaluate((one) => one === document.activeElement);
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    expect(await focusIsSeen(page)).toBe("");
    if (await isThere()) return;
  }
  throw new Error("no key leads there");
}

test("a record is written and edited by the keyboard alone", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const { page } = hoa;
  const { keyboard } = page;
  await hoa.join(hub.invite("Uông Thị Hòa"), "Uông Thị Hòa");
  await hoa.agreed();
  const arrives = async (title: string): Promise<void> => {
    await expect(hoa.heading()).toHaveText(title);
    await expect(hoa.heading()).toBeFocused();
  };
  await page.reload();
  await arrives("Chào Uông Thị Hòa");
  await tabTo(page, page.getByRole("link", { name: "Ghi mới" }));
  await keyboard.press("Enter");
  await arrives("Bạn muốn ghi gì?");
  await tabTo(page, page.getByRole("link", { name: "Hoạt động thi đua" }));
  await keyboard.press("Enter");
  await arrives("Hoạt động thi đua: ghi mới");

  await tabTo(page, hoa.input("title"));
  await keyboard.type("Hội nghị triển khai số hóa");
  await tabTo(page, hoa.field("kind").locator("select"));
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await tabTo(page, hoa.field("held_on").locator("input[inputmode]"));
  await keyboard.type("26032023");
  await tabTo(page, hoa.field("themes").getByRole("checkbox").first());
  await keyboard.press("Space");
  await tabTo(page, hoa.input("content"));
  await keyboard.type("Bà con đến đông.");
  const secret = hoa.field("no_secret").getByRole("radio");
  await tabTo(page, secret.first());
  await keyboard.press("Space");
  await keyboard.press("ArrowRight");
  await expect(secret.last()).toBeChecked();
  await keyboard.press("ArrowLeft");
  await expect(secret.first()).toBeChecked();
  expect(await focusIsSeen(page)).toBe("");
  await tabTo(page, hoa.button("Lưu"));
  await keyboard.press("Enter");
  await arrives("Hội nghị triển khai số hóa");
  for (const said of ["Hội nghị, hội thảo, tọa đàm", "26/03/2023", "Bà con đến đông."]) await expect(page.getByText(said)).toBeVisible();

  await tabTo(page, page.getByRole("link", { name: "Sửa bản ghi" }));
  await keyboard.press("Enter");
  await arrives("Hoạt động thi đua: sửa");
  await tabTo(page, hoa.input("title"));
  await keyboard.press("End");
  await keyboard.type(" tại xã");
  await keyboard.press("Enter");
  await arrives("Hội nghị triển khai số hóa tại xã");
  await hoa.agreed();
  expect(atHub(hub, new URL(page.url()).hash)).toMatchObject({
    changes: 2,
    answers: { title: "Hội nghị triển khai số hóa tại xã", kind: "conference", held_on: "2023-03-26", themes: ["ND.1"], no_secret: true },
  });

  // An answer that is taken back takes the focus with it no further than its field.
  await tabTo(page, page.getByRole("link", { name: "Sửa bản ghi" }));
  await keyboard.press("Enter");
  await arrives("Hoạt động thi đua: sửa");
  await tabTo(page, hoa.field("no_secret").getByRole("button", { name: "Bỏ chọn" }));
  await keyboard.press("Enter");
  await expect(secret.first()).not.toBeChecked();
  await expect(secret.first()).toBeFocused();
  await hoa.close();
});

test("the language, the colours and the size of the text are as they were chosen, also after a reload", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const { page } = hoa;
  const tam = hub.colleague("Ưng Văn Tâm");
  const record = tam.write("activity", { title: "Launch day", held_on: "2023-03-26" });
  tam.run("sync");
  await hoa.join(hub.invite("Ưng Thị Hòa"), "Ưng Thị Hòa");

  /** What is said with Vietnamese letters, apart from names. */
  const vietnamese = async (): Promise<string[]> => {
    const said = `${await page.title()}\n${await page.locator("body").innerText()}`;
    const names = ["Ưng Thị Hòa", "Ưng Văn Tâm", "Tiếng Việt", "Đồng Bộ", "Xã Hoà Long", "Phường Tam Long", "Bà Rịa - Vũng Tàu", "Chuyển đổi số"];
    const bare = names.reduce((text, name) => text.replaceAll(name, ""), said);
    return bare.split("\n").filter((line) => /[ăâđêôơư\u00c0-\u00ff\u1ea0-\u1ef9]/i.test(line));
  };
  await hoa.go("#/settings");
  await expect(hoa.heading()).toHaveText("Cài đặt");
  expect(await vietnamese()).toContain("Cỡ chữ");
  await page.getByText("English", { exact: true }).click();
  for (const reloads of [0, 1]) {
    if (reloads) await page.reload();
    await expect(hoa.heading()).toHaveText("Settings");
    await expect(page.getByText("Officer of a commune or agency")).toBeVisible();
    expect(await vietnamese()).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
  }
  await hoa.go(`#/record/${record}`);
  await expect(page.getByText("26/03/2023")).toBeVisible();
  await expect(page.locator("dl.about").getByText(/\d\d:\d\d \d\d\/\d\d\/\d{4}$/).first()).toBeVisible();
  await expect(page.getByText("The hub has all of it.")).toBeVisible();
  expect(await vietnamese()).toEqual([]);

  const looks = (): Promise<string[]> =>
    page.evaluate(() => {
      const { backgroundColor, color } = getComputedStyle(document.body);
      return [backgroundColor, color, getComputedStyle(document.documentElement).fontSize];
    });
  await hoa.go("#/settings");
  await page.getByText("Tiếng Việt").click();
  await expect(hoa.heading()).toHaveText("Cài đặt");
  expect(await looks()).toEqual(["rgb(238, 242, 246)", "rgb(16, 32, 46)", "16px"]);
  for (const [chosen, wanted] of [
    ["Tối", ["rgb(28, 39, 48)", "rgb(242, 246, 249)", "16px"]],
    ["Tương phản cao", ["rgb(255, 255, 255)", "rgb(0, 0, 0)", "16px"]],
    ["Rất lớn", ["rgb(255, 255, 255)", "rgb(0, 0, 0)", "22.4px"]],
  ] as const) {
    await page.getByText(chosen, { exact: true }).click();
    expect(await looks()).toEqual(wanted);
    await page.reload();
    await expect(page.getByRole("radio", { name: chosen })).toBeChecked();
    expect(await looks()).toEqual(wanted);
  }
  // Nothing is wider than the phone.
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  await hoa.close();
});

test("a review is written from the queue, and the queue says that the record has changed since", async ({ hub, browser }) => {
  const lan = await App.open(browser, hub, LAPTOP);
  const { page } = lan;
  const tam = hub.colleague("Ngô Văn Tâm");
  const title = "Ra quân Tổ công nghệ số cộng đồng";
  const record = tam.write("activity", { title, held_on: "2023-03-26" });
  tam.run("sync");
  await lan.join(hub.invite("Ngô Thị Lan", AGGREGATOR), "Ngô Thị Lan");
  await lan.sync();
  await lan.go("#/desk/reviews");
  const card = page.locator("li.card", { hasText: title });
  await expect(card.getByText("Đang chờ")).toBeVisible();
  await card.getByRole("link", { name: "Ghi kết quả" }).click();
  await expect(lan.heading()).toHaveText("Thẩm tra, xem xét: ghi mới");
  await expect(lan.field("activity").getByText(title)).toBeVisible();
  await lan.field("verdict").getByText("Đạt, đồng ý").click();
  await lan.field("reviewed_on").locator("input[inputmode]").fill("28/03/2023");
  await lan.save();
  const review = new URL(page.url()).hash;
  await lan.agreed();
  const heads = (hub.run("history", record) as unknown as { heads: string[] }).heads;
  expect(atHub(hub, review).answers).toMatchObject({ activity: record, verdict: "accepted", subject_heads: heads.join(" ") });
  await lan.go("#/desk/reviews");
  await expect(page.getByText("Đang chờ (", { exact: false })).toBeVisible();
  await expect(card).toHaveCount(0);
  await page.getByText("Đã xong (").click();
  await expect(card.getByText("Ngô Thị Lan")).toBeVisible();

  tam.run("edit", record, "--set", `title=${title} và Đoàn phường`);
  tam.run("sync");
  await page.getByText("Đã thay đổi sau đó (").click();
  await expect(card.getByRole("link", { name: `${title} và Đoàn phường` })).toBeVisible();
  await expect(card.getByText("Đã thay đổi sau đó")).toBeVisible();
  await expect(card.getByRole("link", { name: "Ghi kết quả" })).toBeVisible();
  await lan.go(review);
  await expect(page.getByText("Bản ghi được xem xét đã thay đổi sau lần xem xét này.")).toBeVisible();
  await lan.close();
});

test("where fewer units are chosen the records of the others leave, what is unsent first arrives, and all comes back", async ({ hub, browser }) => {
  const [tam, xa] = [hub.colleague("Ông Văn Tâm"), hub.colleague("Ông Thị Xa", { unit: "26545", role: "commune_officer" })];
  tam.write("activity", { title: "Của phường Tam Long", held_on: "2023-03-26" });
  tam.run("sync");
  xa.write("activity", { title: "Của xã Long Sơn", held_on: "2023-03-26" });
  xa.run("sync");
  const lan = await App.open(browser, hub, LAPTOP);
  const { page } = lan;
  await lan.join(hub.invite("Ông Thị Lan", AGGREGATOR), "Ông Thị Lan");
  const listed = (title: string): Locator => page.locator("a.record", { hasText: title });
  const [near, far, own] = [listed("Của phường Tam Long"), listed("Của xã Long Sơn"), listed("Ghi khi không có mạng")];
  await lan.go("#/records");
  await expect(near).toBeVisible();
  await expect(far).toBeVisible();

  await lan.offline(true);
  const record = await lan.record({ title: "Ghi khi không có mạng" });
  await lan.go("#/settings");
  const card = page.locator("details", { hasText: "Đơn vị đồng bộ về máy này" });
  await card.locator("summary").click();
  const kept = card.getByRole("checkbox", { name: "Phường Tam Long" });
  await expect(kept).toBeChecked();
  const others = card.locator("label").filter({ hasNotText: "Phường Tam Long" });
  // By keys as well: the focus stays where it was.
  await others.first().getByRole("checkbox").press("Space");
  await expect(others.first().getByRole("checkbox")).not.toBeChecked();
  await expect(others.first().getByRole("checkbox")).toBeFocused();
  for (const label of await others.all()) await label.getByRole("checkbox").uncheck();
  // One is the least.
  await expect(kept).toBeDisabled();
  await expect(card.getByRole("checkbox", { checked: true })).toHaveCount(1);
  await lan.go("#/records");
  await expect(page.getByText("Chỉ trên máy: 1")).toBeVisible();
  for (const one of [near, far, own]) await expect(one).toBeVisible();

  await lan.offline(false);
  // A core that is built for development takes its time to look through all that leaves.
  await expect(page.getByText("Đã nhận hết")).toBeVisible({ timeout: 80_000 });
  await expect(far).toHaveCount(0);
  await expect(near).toBeVisible();
  expect(atHub(hub, record).answers.title).toBe("Ghi khi không có mạng");

  await lan.go("#/settings");
  await expect(card.getByRole("checkbox", { checked: true })).toHaveCount(1);
  await lan.button("Đồng bộ tất cả đơn vị").click();
  await expect(lan.button("Đồng bộ tất cả đơn vị")).toHaveCount(0);
  await lan.go("#/records");
  for (const one of [near, far, own]) await expect(one).toBeVisible();
  await lan.close();
});

test("the history says of each change when it was synchronised, or that it was not yet", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const { page } = hoa;
  await hoa.join(hub.invite("Ân Thị Hòa"), "Ân Thị Hòa");
  await hoa.record({ title: "Hội thi tin học" });
  await hoa.agreed();
  await hoa.offline(true);
  await hoa.edit({ title: "Hội thi tin học trẻ", place: "Nhà văn hóa" });
  await page.getByText("Lịch sử (2)").click();
  const told = page.locator("details", { hasText: "Lịch sử" }).getByRole("listitem");
  await expect(told.first()).toHaveText(/Ân Thị Hòa.? sửa .*Tên hoạt động.* lúc \d\d:\d\d, chưa đồng bộ$/);
  await expect(told.last()).toHaveText(/Ân Thị Hòa.? lập bản ghi lúc \d\d:\d\d, đồng bộ \d\d:\d\d$/);
  await hoa.offline(false);
  await hoa.agreed();
  await expect(told.first()).toHaveText(/ lúc \d\d:\d\d, đồng bộ \d\d:\d\d$/);
  await expect(page.getByText("chưa đồng bộ")).toHaveCount(0);
  await hoa.close();
});

test("an edit that is gone on with after a colleague's change keeps the sentences of both, each once", async ({ hub, browser }) => {
  const [hoa, binh] = [await App.open(browser, hub), await App.open(browser, hub)];
  const { page } = hoa;
  await hoa.join(hub.invite("Yên Thị Hòa"), "Yên Thị Hòa");
  await binh.join(hub.invite("Yên Văn Bình"), "Yên Văn Bình");
  const record = await hoa.record({ title: "Ngày hội số", content: "Bà con đến đông." });
  await hoa.agreed();
  await page.getByRole("link", { name: "Sửa bản ghi" }).click();
  await hoa.type({ title: "Ngày hội số lần hai" });
  await expect(page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  await hoa.go("#/");
  await expect(page.locator("a.draft")).toBeVisible();

  await binh.sync();
  await binh.go(record);
  await binh.edit({ content: "Bà con đến đông. Bình chụp ảnh." });
  await binh.agreed();
  await hoa.sync();
  await hoa.go(record);
  await expect(page.getByText("Bình chụp ảnh.")).toBeVisible();
  await page.getByRole("link", { name: /Viết tiếp/ }).click();
  await expect(page.getByText("Bản ghi đã được người khác sửa sau khi bạn mở.")).toBeVisible();
  const content = hoa.input("content");
  await expect(content).not.toHaveValue("");
  await hoa.type({ content: `Hòa phát tờ rơi. ${await content.inputValue()}` });
  await hoa.save();
  await hoa.agreed();

  const { title, content: said } = atHub(hub, record).answers as Record<string, string>;
  expect(title).toBe("Ngày hội số lần hai");
  for (const sentence of ["Hòa phát tờ rơi.", "Bà con đến đông.", "Bình chụp ảnh."]) expect(said?.split(sentence)).toHaveLength(2);
  await expect(page.getByText(said ?? "", { exact: true })).toBeVisible();
  await expect(page.getByText("Hai người ghi khác nhau")).toHaveCount(0);
  await binh.sync();
  await expect(binh.page.getByText(said ?? "", { exact: true })).toBeVisible();
  for (const app of [hoa, binh]) await app.close();
});
