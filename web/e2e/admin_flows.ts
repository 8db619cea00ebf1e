/** What administrators do, step by step, against the stand-in hub. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { EVERY_DUTY, type StandInHub } from "./stand_in_hub.ts";

type Flow = (name: string, search: string, steps: (page: Page, hub: StandInHub) => Promise<void>) => Promise<void>;

const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
const dialog = (page: Page) => page.getByRole("dialog");
const deeds = (hub: StandInHub, command: string) => hub.told.filter((one) => one.command === command);

export async function adminFlows(flow: Flow, base: string): Promise<void> {
  const admin = (name: string, view: string, steps: (page: Page, hub: StandInHub) => Promise<void>) =>
    flow(name, "?open", async (page, hub) => {
      hub.duties = EVERY_DUTY;
      await page.goto(`${base}/?open#/admin/${view}`);
      await steps(page, hub);
    });

  await flow("who administers nothing sees no way there, and is told so", "?open", async (page) => {
    await page.goto(`${base}/?open#/settings`);
    await sees(page, "Khóa và đổi người");
    assert.equal(await page.getByRole("link", { name: "Quản trị" }).count(), 0);
    await page.goto(`${base}/?open#/admin`);
    await sees(page, "Vai trò của bạn không có việc quản trị nào.");
  });

  await flow("only the duties that one has", "?open", async (page, hub) => {
    hub.duties = { duties: { devices: ["26506-20250701"] }, grants: [] };
    await page.goto(`${base}/?open#/settings`);
    await page.getByRole("link", { name: "Quản trị" }).click();
    await sees(page, "Máy của những người trong phạm vi bạn phụ trách.");
    assert.deepEqual(await page.getByRole("navigation", { name: "Phần quản trị" }).getByRole("link").allTextContents(), ["Máy", "Nhật ký", "Đơn vị"]);
    await page.goto(`${base}/?open#/admin/erasure`);
    await sees(page, "Vai trò của bạn không có phần việc này.");
    assert.equal(deeds(hub, "erasures").length, 0);
  });

  await flow("offline, administration says that it needs the hub", "?open", async (page) => {
    await sees(page, "Chào Trần Văn Minh");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForTimeout(1_500);
    await page.context().setOffline(true);
    await page.goto(`${base}/?open#/admin`);
    await page.reload();
    await sees(page, "Phần quản trị cần trung tâm");
  });

  await admin("somebody is found without marks and invited, the link shown once", "people", async (page, hub) => {
    await page.getByLabel("Tìm theo tên, không cần dấu").fill("huong do");
    await sees(page, "1 trong 3 mục");
    await page.getByText("Mời người mới").click();
    await page.getByLabel("Họ và tên").fill("do thi huong");
    await sees(page, "Đã có người cùng tên.");
    await page.getByLabel("Họ và tên").fill("Nguyễn Văn An");
    const form = page.locator("form", { has: page.getByLabel("Họ và tên") });
    assert(await form.getByLabel("Vai trò").isDisabled());
    await form.getByLabel("Đơn vị").selectOption("26506-20250701");
    await form.getByLabel("Vai trò").selectOption("volunteer");
    await form.getByLabel("Đơn vị").selectOption("26680-20250701");
    assert.equal(await form.getByLabel("Vai trò").inputValue(), "commune_officer");
    await form.getByRole("button", { name: "Lập lời mời" }).click();
    await sees(page, "Lời mời cho Nguyễn Văn An");
    assert.match(await page.getByLabel("Đường dẫn lời mời").inputValue(), /^dongbo:\/\/join\?/);
    await page.getByRole("img", { name: /Mã QR/ }).waitFor();
    await sees(page, /đến 10:00 05\/12\/2026/);
    assert.deepEqual(deeds(hub, "invite"), [{ command: "invite", member: null, new: ["Nguyễn Văn An", "26680-20250701", "commune_officer"] }]);
    await page.getByRole("button", { name: "Đã đưa, ẩn đi" }).click();
    await dialog(page).getByRole("button", { name: "Đã đưa, ẩn đi" }).click();
    await page.getByText("Lời mời cho").waitFor({ state: "detached" });
  });

  await admin("what is refused stays to be corrected", "people", async (page, hub) => {
    await page.getByText("Mời người mới").click();
    await page.getByLabel("Họ và tên").fill("Nguyễn Văn An");
    const form = page.locator("form", { has: page.getByLabel("Họ và tên") });
    await form.getByLabel("Đơn vị").selectOption("26680-20250701");
    hub.fails = { code: "forbidden", status: 403, detail: "not allowed: no" };
    await form.getByRole("button", { name: "Lập lời mời" }).click();
    await sees(page, /Vai trò của bạn không cho phép việc này/);
    assert.equal(await page.getByLabel("Họ và tên").inputValue(), "Nguyễn Văn An");
  });

  await admin("a role is given and ended, once asked", "people", async (page, hub) => {
    await page.getByRole("button", { name: "Giao vai trò: Đỗ Thị Hường" }).click();
    const grant = dialog(page).getByRole("button", { name: "Giao vai trò" });
    assert(await grant.isDisabled());
    await dialog(page).getByLabel("Đơn vị").selectOption("26506-20250701");
    await dialog(page).getByLabel("Vai trò").selectOption("volunteer");
    await grant.click();
    await sees(page, "Đã giao vai trò.");
    await page.getByRole("button", { name: /^Kết thúc Công chức.*Lan$/ }).click();
    await sees(page, "vẫn được nhận trong 90 ngày");
    await dialog(page).getByRole("button", { name: "Kết thúc" }).click();
    await sees(page, "Đã kết thúc vai trò.");
    assert.deepEqual(deeds(hub, "end"), [{ command: "end", member: "m2", unit: "26506-20250701", role: "commune_officer" }]);
    await page.getByRole("button", { name: /^Kết thúc Công chức.*Lan$/ }).waitFor({ state: "detached" });
  });

  await admin("ended by another meanwhile: said plainly, read again", "people", async (page, hub) => {
    await page.getByRole("button", { name: /^Kết thúc Công chức.*Lan$/ }).click();
    hub.endFor("m2");
    await dialog(page).getByRole("button", { name: "Kết thúc" }).click();
    await sees(page, "có thể người khác đã xử lý trước");
    await page.getByRole("button", { name: "Hủy" }).click();
    await page.getByRole("button", { name: /^Kết thúc Công chức.*Lan$/ }).waitFor({ state: "detached" });
  });

  await admin("a lost device is asked about twice, in words of consequence", "devices", async (page, hub) => {
    assert.equal(await page.getByRole("button", { name: /Thu hồi máy Laptop/ }).count(), 0);
    await page.getByRole("button", { name: "Thu hồi máy Samsung A05 của Nguyễn Thị Ngọc Lan" }).click();
    const confirm = dialog(page).getByRole("button", { name: "Thu hồi" });
    assert(await confirm.isDisabled());
    await dialog(page).getByText("Không dùng nữa").click();
    await sees(page, "cho biết còn bao nhiêu nội dung chưa gửi");
    await dialog(page).getByText("Mất hoặc bị lấy cắp").click();
    await dialog(page).getByText("Xóa dữ liệu trên máy đó").click();
    await sees(page, "Nội dung chưa gửi trên máy mất hẳn.");
    await confirm.click();
    await sees(page, "Chắc chắn báo mất máy này?");
    assert.equal(deeds(hub, "revoke").length, 0);
    await dialog(page).getByRole("button", { name: "Báo mất và thu hồi" }).click();
    await sees(page, "Đã thu hồi máy.");
    assert.deepEqual(deeds(hub, "revoke"), [{ command: "revoke", device: "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3", lost: true, wipe: true }]);
  });

  await admin("an answer that was lost: nobody claims that it was done, or that it was not", "devices", async (page, hub) => {
    await page.getByRole("button", { name: /Samsung A05/ }).click();
    await dialog(page).getByText("Không dùng nữa").click();
    hub.fails = "silence";
    await dialog(page).getByRole("button", { name: "Thu hồi" }).click();
    await sees(page, "chưa rõ trung tâm đã làm việc này hay chưa");
  });

  await admin("a change is approved, another turned down with a reason", "approvals", async (page, hub) => {
    await sees(page, "Đang chờ (2)");
    await sees(page, "Hướng dẫn cài VNeID tại khu phố <b>4</b>");
    await sees(page, "Máy này đã bị báo mất");
    await sees(page, "Không có bản xem trước");
    await page.getByRole("button", { name: "Duyệt" }).first().click();
    await dialog(page).getByRole("button", { name: "Duyệt" }).click();
    await sees(page, "Đang chờ (1)");
    await page.getByRole("button", { name: "Từ chối" }).click();
    const turnDown = dialog(page).getByRole("button", { name: "Từ chối" });
    assert(await turnDown.isDisabled());
    await dialog(page).getByLabel("Lý do, người gửi sẽ thấy").fill("Không rõ nội dung");
    hub.fails = { code: "overloaded", status: 503, detail: "busy" };
    await turnDown.click();
    await sees(page, "Trung tâm chưa làm được lúc này.");
    assert.equal(await dialog(page).getByLabel("Lý do, người gửi sẽ thấy").inputValue(), "Không rõ nội dung");
    await turnDown.click();
    await sees(page, "Không có nội dung nào chờ duyệt.");
    assert.equal(deeds(hub, "turn_down").at(-1)?.reason, "Không rõ nội dung");
  });

  await admin("a record is erased by typing the beginning of its id, and what is related is named", "people", async (page, hub) => {
    await page.goto(`${base}/?open#/record/r1`);
    await page.getByRole("link", { name: "Xóa theo quyết định" }).click();
    await sees(page, "không ghi tên người hay thông tin cá nhân");
    const erase = page.getByRole("button", { name: "Xóa vĩnh viễn" });
    await page.getByLabel("Lý do xóa").fill("theo yêu cầu của đương sự");
    await page.getByLabel("Gõ r1 để xác nhận").fill("r2");
    await sees(page, "Chưa đúng 8 ký tự đầu");
    assert(await erase.isDisabled());
    await page.getByLabel("Gõ r1 để xác nhận").fill("r1");
    await erase.click();
    await dialog(page).getByRole("button", { name: "Xóa vĩnh viễn" }).click();
    await sees(page, "có thể chứa cùng nội dung");
    assert.deepEqual(deeds(hub, "erase"), [{ command: "erase", record: "r1", reason: "theo yêu cầu của đương sự" }]);
    await sees(page, "ghi lại kho");
    await page.getByRole("button", { name: /^Chọn để xóa/ }).click();
    assert.equal(await page.getByLabel("Mã bản ghi").inputValue(), "r1");
  });

  await admin("the log by person", "log", async (page, hub) => {
    const another = page.getByRole("listitem").filter({ hasText: "Phạm Quốc Ân" });
    await another.waitFor();
    await sees(page, "Ban hành ấn bản mới");
    await page.getByRole("combobox", { name: "Người" }).selectOption({ label: "Trần Văn Minh" });
    await page.getByText("Ban hành ấn bản mới").waitFor({ state: "detached" });
    await another.waitFor({ state: "detached" });
    assert.equal(deeds(hub, "access_log").at(-1)?.member, "m1");
  });

  await admin("units as of a day, with what took them over", "units", async (page) => {
    await sees(page, /\d+ đơn vị có hiệu lực/);
    await page.getByLabel("Vào ngày").fill("01/01/2024");
    await page.getByLabel("Tìm theo tên hoặc mã").fill("dat do");
    await sees(page, /Đất Đỏ/);
    await page.getByLabel("Vào ngày").fill("32/01/2024");
    await page.getByLabel("Tìm theo tên hoặc mã").click();
    await sees(page, "Chưa phải ngày");
  });
}
