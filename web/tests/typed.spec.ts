/** What was typed stays, whatever becomes of the form, the window, the disk or the record. */
import type { Page } from "@playwright/test";
import { ADMINISTRATOR } from "./hub.ts";
import { App, LAPTOP, PHONE, expect, test } from "./app.ts";

const INCIDENT = "Sự cố an toàn thông tin";

test("an hour that is none is neither made up nor lost", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const { page } = hoa;
  await hoa.join(hub.invite("Hà Thị Hòa"), "Hà Thị Hòa");
  await hoa.begin(INCIDENT);
  await hoa.type({ title: "Thư giả mạo kho bạc" });
  const [day, time] = [hoa.field("noticed_at").locator("input[inputmode]").first(), hoa.field("noticed_at").locator("input.time")];
  await day.fill("10/03/2023");
  await time.fill("gần trưa");
  await hoa.button("Lưu").click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(hoa.heading()).toHaveText(`${INCIDENT}: ghi mới`);
  await hoa.go("#/");
  await page.locator("a.draft", { hasText: "Thư giả mạo kho bạc" }).click();
  await expect(time).toHaveValue("gần trưa");
  await expect(day).toHaveValue("10/03/2023");
  await time.fill("14h30");
  await hoa.save();
  await expect(page.getByText("14:30 10/03/2023")).toBeVisible();
  await hoa.close();
});

test("an answer that is cleared in a list's item is gone from the record", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const { page } = hoa;
  await hoa.join(hub.invite("Tô Thị Hòa"), "Tô Thị Hòa");
  await hoa.begin();
  await hoa.type({ title: "Có người tham gia" });
  await hoa.field("participants").getByRole("button", { name: "Thêm mục" }).click();
  const count = hoa.field("participants").locator('[data-path$="/count"] input');
  await count.fill("4321");
  await hoa.save();
  await expect(page.getByText("4.321").first()).toBeVisible();
  await page.getByRole("link", { name: "Sửa bản ghi" }).click();
  await count.fill("");
  await hoa.save();
  await expect(page.getByText("4.321")).toHaveCount(0);
  await page.getByRole("link", { name: "Sửa bản ghi" }).click();
  await expect(count).toHaveValue("");
  await hoa.close();
});

/** A disk that a message to all says is full, or has room again. */
const DISK = `{
  let isFull = false;
  new BroadcastChannel("disk").onmessage = ({ data }) => (isFull = data);
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...given) {
    if (isFull) throw new DOMException("no room", "QuotaExceededError");
    return put.apply(this, given);
  };
}`;

const full = (page: Page, isFull: boolean): Promise<void> =>
  page.evaluate((it) => new BroadcastChannel("disk").postMessage(it), isFull);

test("a reason stays where what it was for was refused, and goes only when its writer says so", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub, LAPTOP, DISK);
  const { page } = hoa;
  await hoa.join(hub.invite("Kiều Thị Hòa"), "Kiều Thị Hòa");
  await hoa.record({ title: "Ghi trùng" });
  await page.getByText("Việc khác").click();
  await hoa.button("Rút bản ghi").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("Ghi trùng với báo cáo quý");
  await full(page, true);
  await dialog.getByRole("button", { name: "Rút bản ghi" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await expect(dialog.getByRole("textbox")).toHaveValue("Ghi trùng với báo cáo quý");
  await full(page, false);
  // Neither does it go by a key: also where the browser lets the page hold nothing up, which is so for the second one.
  for (let presses = 0; presses < 2; presses += 1) {
    await page.keyboard.press("Escape");
    await expect(dialog.getByRole("alert").filter({ hasText: "Lý do vừa gõ chưa được lưu" })).toBeVisible();
    await expect(dialog.getByRole("textbox")).toHaveValue("Ghi trùng với báo cáo quý");
  }
  await dialog.getByRole("button", { name: "Gõ tiếp" }).click();
  await dialog.getByRole("button", { name: "Hủy" }).click();
  await dialog.getByRole("button", { name: "Bỏ lý do đã gõ" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(hoa.button("Rút bản ghi")).toBeFocused();
  await hoa.close();
});

test("what a full disk does not take is kept as soon as there is room, also once the form was left", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub, PHONE, DISK);
  const { page } = hoa;
  await hoa.join(hub.invite("Lương Thị Đầy"), "Lương Thị Đầy");
  await hoa.begin();
  await hoa.type({ title: "Trước khi đầy" });
  await expect(page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  await full(page, true);
  await hoa.type({ title: "Gõ khi máy đã đầy" });
  await expect(page.getByText(/Chưa giữ được bản nháp/).first()).toBeVisible();
  await hoa.go("#/");
  await expect(page.locator("a.draft")).toContainText("Trước khi đầy");
  // The newest is still what opens.
  await page.locator("a.draft").click();
  await expect(hoa.input("title")).toHaveValue("Gõ khi máy đã đầy");
  await hoa.go("#/");
  await full(page, false);
  await expect(page.locator("a.draft")).toContainText("Gõ khi máy đã đầy");
  await page.reload();
  await expect(page.locator("a.draft")).toContainText("Gõ khi máy đã đầy");
  await hoa.close();
});

test("where a new version came in through another window, what is typed is kept before this one loads anew", async ({ hub, browser }) => {
  const hai = await App.open(browser, hub);
  const { page } = hai;
  await hai.join(hub.invite("Mạc Thị Mới"), "Mạc Thị Mới");
  await hai.begin();
  await page.evaluate(() => navigator.serviceWorker.dispatchEvent(new Event("controllerchange")));
  await expect(page.getByText("Ứng dụng đã được cập nhật ở một cửa sổ khác.")).toBeVisible();
  await hai.type({ title: "Gõ ngay trước khi tải lại" });
  await hai.button("Tải lại").click();
  await expect(hai.button("Tải lại")).toHaveCount(0);
  await expect(hai.input("title")).toHaveValue("Gõ ngay trước khi tải lại");
  await hai.close();
});

test("a draft is written in one window at a time", async ({ hub, browser }) => {
  const hai = await App.open(browser, hub);
  const { page } = hai;
  await hai.join(hub.invite("Mạc Văn Hai"), "Mạc Văn Hai");
  await hai.begin();
  await hai.type({ title: "Cửa sổ thứ nhất" });
  await expect(page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  const second = await hai.context.newPage();
  await second.goto(page.url());
  await expect(second.getByText(/đang mở ở cửa sổ khác/)).toBeVisible();
  await expect(second.locator('[data-path="title"]')).toHaveCount(0);
  await hai.type({ title: "Cửa sổ thứ nhất, gõ tiếp" });
  await hai.go("#/");
  await expect(second.locator('[data-path="title"] input')).toHaveValue("Cửa sổ thứ nhất, gõ tiếp");
  await hai.close();
});

test("an edit of a record that has left the phone can be read, and thrown away", async ({ hub, browser }) => {
  const [quan, hoa] = [await App.open(browser, hub, LAPTOP), await App.open(browser, hub)];
  await quan.join(hub.invite("Quách Thị Quân", ADMINISTRATOR), "Quách Thị Quân");
  await hoa.join(hub.invite("Quách Thị Hòa"), "Quách Thị Hòa");
  const record = await hoa.record({ title: "Ở đơn vị cũ" });
  await expect(hoa.page.getByText("Trung tâm đã nhận đủ.")).toBeVisible();
  const shown = await hoa.context.newPage();
  await shown.goto(`${hub.origin}/${record}`);
  await expect(shown.getByText("Trung tâm đã nhận đủ.")).toBeVisible();
  await hoa.page.getByRole("link", { name: "Sửa bản ghi" }).click();
  await hoa.type({ content: "Viết dở thì chuyển công tác." });
  await expect(hoa.page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  await hoa.go("#/");

  await quan.go("#/admin/people");
  const card = quan.page.getByRole("listitem").filter({ has: quan.page.getByRole("heading", { name: "Quách Thị Hòa" }) });
  await card.getByRole("button", { name: /Giao vai trò/ }).click();
  const dialog = quan.page.getByRole("dialog");
  await dialog.getByLabel("Đơn vị").selectOption({ label: "Phường Bà Rịa" });
  await dialog.getByLabel("Vai trò").selectOption("commune_officer");
  await dialog.getByRole("button", { name: "Giao vai trò" }).click();
  await expect(card.getByText(/Phường Bà Rịa/)).toBeVisible();
  await card.getByRole("button", { name: /Kết thúc.*Hoà Long/ }).click();
  await dialog.getByRole("button", { name: "Kết thúc" }).click();
  await expect(quan.page.getByText("Đã kết thúc vai trò.")).toBeVisible();

  // What it had sent meanwhile first has to have arrived: it goes with the sync after that.
  await expect(async () => {
    await hoa.sync();
    await expect(hoa.page.locator("a.record", { hasText: "Ở đơn vị cũ" })).toHaveCount(0, { timeout: 3_000 });
  }).toPass();
  // Where it was on the screen, it is no longer shown as received and as if it could be edited.
  await expect(shown.getByText("Không thấy bản ghi này trên máy.")).toBeVisible();
  await expect(shown.getByText("Trung tâm đã nhận đủ.")).toHaveCount(0);
  await expect(shown.getByText("Ở đơn vị cũ")).toHaveCount(0);
  await shown.close();
  await hoa.page.locator("a.draft").click();
  await expect(hoa.page.getByText("Bản ghi này không còn trên máy, nên không sửa tiếp được.")).toBeVisible();
  await expect(hoa.page.getByText("Viết dở thì chuyển công tác.")).toBeVisible();
  await hoa.button("Bỏ bản nháp").click();
  await hoa.page.getByRole("dialog").getByRole("button", { name: "Bỏ bản nháp" }).click();
  await expect(hoa.heading()).toHaveText("Chào Quách Thị Hòa");
  await expect(hoa.page.locator("a.draft")).toHaveCount(0);
  for (const app of [quan, hoa]) await app.close();
});
