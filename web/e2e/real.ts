/**
 * The main job with the real core and a real hub: join by an invitation, record, synchronise, look at the desk; every screen
 * under the page's policy. `BASE` is where the page is served beside the hub's API, `INVITATION` a member's link.
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { complaints, launch } from "./browser.ts";

const base = process.env.BASE ?? "http://127.0.0.1:8080";
const invitation = process.env.INVITATION ?? "";
const out = process.env.OUT ?? "screens";
/** A word that no other record has, however often this runs. */
const word = `Riềng ${Date.now().toString(36)}`;
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
const page = await context.newPage();
page.setDefaultTimeout(20_000);
const noted = complaints(page);

const sees = (text: string | RegExp, where: Page = page) => where.getByText(text).first().waitFor();
const field = (path: string) => page.locator(`[data-path="${path}"]`);
let shot = 0;
const picture = async (name: string) => page.screenshot({ path: `${out}/real-${String(++shot).padStart(2, "0")}-${name}.png`, fullPage: false });

try {
  await page.goto(`${base}/#/join`);
  await page.getByLabel("Đường dẫn lời mời").fill(invitation);
  await page.getByRole("button", { name: "Xem lời mời" }).click();
  await page.getByLabel("Họ và tên của bạn").fill("Trần Văn Minh");
  await page.getByLabel("Đặt mã PIN").fill("2580");
  await page.getByLabel("Nhập lại mã PIN").fill("2580");
  await page.getByRole("button", { name: "Tham gia" }).click();
  await sees("Chào Trần Văn Minh");
  await page.waitForTimeout(1_500);
  await picture("home");

  await page.getByRole("link", { name: "Ghi mới" }).click();
  await picture("new");
  await page.getByRole("link", { name: "Hoạt động thi đua" }).click();
  await field("title").locator("input").fill(`Ra quân ${word}`);
  await field("held_on").locator("input[inputmode]").fill("26/03/2023");
  await field("kind").locator("select").selectOption("other");
  await field("kind_other").locator("input").fill("Hội thi");
  await field("themes").getByRole("checkbox").first().check();
  await field("participants").getByRole("button", { name: "Thêm mục" }).click();
  await field("participants").getByText("Người dân").click();
  await page.locator('[data-path^="participants/"][data-path$="/count"] input').fill("40");
  await field("no_secret").getByText("Có", { exact: true }).click();
  await sees(/Đã giữ bản nháp lúc/);
  await picture("fill");
  await page.reload();
  await page.getByText("Trần Văn Minh").click();
  await page.getByLabel(/Mã PIN của/).fill("2580");
  await page.keyboard.press("Enter");
  await field("title").waitFor();
  assert.equal(await field("title").locator("input").inputValue(), `Ra quân ${word}`);
  await page.getByRole("button", { name: "Lưu", exact: true }).click();
  await sees("Đã lưu trên máy này.");
  await picture("saved");
  await sees("Đã nhận");
  await picture("received");

  await page.getByRole("link", { name: "Sửa bản ghi" }).click();
  await field("result").locator("textarea").fill("Bà con hưởng ứng.");
  await page.getByRole("button", { name: "Xóa mục 1" }).click();
  await page.getByRole("button", { name: "Lưu", exact: true }).click();
  await sees("Bà con hưởng ứng.");
  await page.locator("summary").first().click();
  await sees(/sửa .*Kết quả/);
  await picture("edited");

  await page.goto(`${base}/#/records`);
  await page.getByPlaceholder("Tìm theo nội dung, không cần dấu").fill(word.replace("ề", "e"));
  await sees(/^1 bản ghi$/);
  await picture("search");
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const view of ["overview", "targets", "deadlines", "rounds", "figures", "quality", "reports", "records"]) {
    await page.goto(`${base}/#/desk/${view}`);
    await page.waitForTimeout(1_200);
    assert.equal(await page.getByRole("alert").count(), 0, `${view} says that something went wrong`);
    await picture(`desk-${view}`);
  }
  assert.deepEqual(noted, []);
  console.log("1 passed, 0 failed");
} catch (error) {
  console.log(String(error).split("\n").slice(0, 14).join("\n"));
  console.log(noted.join("\n"));
  await picture("failed");
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
} finally {
  await browser.close();
}
