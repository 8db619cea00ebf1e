/** The main job, with the app as a hub serves it: phones that were offline, a kill, a merge, a desk that sees it come. */
import { rmSync } from "node:fs";
import { chromium } from "@playwright/test";
import { launchOptions } from "../e2e/browser.ts";
import { AGGREGATOR } from "./hub.ts";
import { App, LAPTOP, PHONE, expect, test } from "./app.ts";
import { lookingAt, writeFilm } from "./camera.ts";

test("two phones apart, one killed in mid-form, agree; the district sees it live", async ({ hub, browser }) => {
  test.setTimeout(240_000);
  let hoa = await App.install(hub);
  const binh = await App.open(browser, hub);
  const lan = await App.open(browser, hub, LAPTOP);
  await hoa.join(hub.invite("Nguyễn Thị Hòa"), "Nguyễn Thị Hòa");
  await binh.join(hub.invite("Trần Văn Bình"), "Trần Văn Bình");
  await lan.join(hub.invite("Phạm Thị Lan", AGGREGATOR), "Phạm Thị Lan");

  await hoa.ready();

  const record = await hoa.record({ title: "Ra quân chung" });
  await hoa.agreed();
  await lan.go("#/records");
  await expect(lan.page.getByText("Ra quân chung")).toBeVisible();
  await lan.page.evaluate(() => Object.assign(window, { sameFromHereOn: true }));
  await expect(binh.page.getByText("Ra quân chung")).toBeVisible();

  // Apart: both change the same answer, and each writes something of their own.
  await hoa.offline(true);
  await binh.offline(true);
  await hoa.edit({ title: "Ra quân khu phố Một" });
  await expect(hoa.page.getByText("Chỉ trên máy: 1")).toBeVisible();
  await binh.go(record);
  await binh.edit({ title: "Ra quân khu phố Hai" });
  await binh.record({ title: "Riêng của Bình" });

  // Hòa's phone dies while she writes.
  await hoa.begin();
  const form = new URL(hoa.page.url()).hash;
  await hoa.type({ title: "Viết dở khi máy tắt", content: "Bà con đến đông." });
  await expect(hoa.page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  hoa = await hoa.kill({ offline: true });
  await expect(hoa.page.getByText("Viết dở khi máy tắt")).toBeVisible();
  await expect(hoa.page.getByText("Chỉ trên máy: 1")).toBeVisible();
  await hoa.page.getByText("Viết dở khi máy tắt").click();
  await expect(hoa.input("content")).toHaveValue("Bà con đến đông.");
  expect(form).toContain(new URL(hoa.page.url()).hash.split("?")[0]);
  await hoa.save();

  // Together again: nobody presses anything.
  await hoa.offline(false);
  await hoa.agreed();
  await binh.offline(false);
  await binh.agreed();
  await binh.go(record);
  const card = binh.page.locator("section", { hasText: "Hai người ghi khác nhau: Tên hoạt động" });
  await expect(card.getByText("Ra quân khu phố Một")).toBeVisible();
  await expect(card.getByText("Ra quân khu phố Hai")).toBeVisible();
  await expect(lan.page.getByText("1 mâu thuẫn")).toBeVisible();
  await expect(lan.page.getByText("Viết dở khi máy tắt")).toBeVisible();
  await expect(lan.page.getByText("Riêng của Bình")).toBeVisible();
  const chosen = card.locator(".candidate", { hasText: "Ra quân khu phố Một" });
  await chosen.getByRole("button", { name: "Chọn giá trị này" }).click();
  await expect(card).toHaveCount(0);
  await expect(binh.heading()).toHaveText("Ra quân khu phố Một");
  await binh.agreed();

  // The desk shows it, and was never loaded anew.
  await expect(lan.page.getByText("1 mâu thuẫn")).toHaveCount(0);
  await expect(lan.page.getByText("Ra quân khu phố Một")).toBeVisible();
  expect(await lan.page.evaluate(() => "sameFromHereOn" in window)).toBe(true);
  for (const app of [hoa, binh, lan]) await app.close();
});

test("the desk's figures follow without a reload", async ({ hub, browser }) => {
  const [lan, tam] = [await App.open(browser, hub, LAPTOP), await App.open(browser, hub)];
  await lan.join(hub.invite("Võ Thị Lan", AGGREGATOR), "Võ Thị Lan");
  await tam.join(hub.invite("Lê Văn Tâm"), "Lê Văn Tâm");
  await lan.go("#/desk/figures?measure=activities");
  const total = lan.page.locator("main .total");
  await expect(total).toBeVisible();
  const before = Number(await total.textContent());
  // A second window hears of it as well, though the first has the store.
  const second = await lan.context.newPage();
  await second.goto(lan.page.url());
  await expect(second.locator("main .total")).toHaveText(String(before));
  await tam.begin();
  await tam.type({ title: "Thêm một hoạt động" });
  // Within the campaign, which may be over by the clock of whoever runs this.
  await tam.field("held_on").locator("input[inputmode]").fill("26/03/2023");
  await tam.save();
  await tam.agreed();
  await expect(total).toHaveText(String(before + 1));
  await expect(second.locator("main .total")).toHaveText(String(before + 1));
  await lan.close();
  await tam.close();
});

test("it can be installed, and starts and works while no hub is there", async ({ hub }) => {
  const minh = await App.install(hub);
  const { page } = minh;
  await minh.join(hub.invite("Trần Văn Minh"), "Trần Văn Minh");
  const cdp = await minh.context.newCDPSession(page);
  const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
  expect(installabilityErrors).toEqual([]);
  await minh.ready();
  const manifest = JSON.parse((await cdp.send("Page.getAppManifest")).data ?? "{}") as Record<string, unknown>;
  expect(manifest).toMatchObject({ name: "Đồng Bộ", display: "standalone", start_url: "/", lang: "vi" });
  await page.reload();
  expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(`${hub.origin}/sw.js`);

  await hub.kill();
  await page.reload();
  await expect(minh.heading()).toHaveText("Chào Trần Văn Minh");
  await minh.record({ title: "Khi trung tâm tắt" });
  await expect(page.getByText("Chỉ trên máy này")).toBeVisible();
  await minh.sync();
  await page.getByRole("button", { name: /Chi tiết đồng bộ/ }).click();
  await expect(page.getByText(/Chưa kết nối được với trung tâm/)).toBeVisible();
  // Figures are the hub's: the desk says that it cannot have them, and shows none.
  await minh.go("#/desk/overview");
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expect(page.getByRole("table")).toHaveCount(0);
  await hub.serve();
  await minh.sync();
  await minh.agreed();
  await minh.close();
});

test("an invitation is read by the camera", async ({ hub }, info) => {
  const film = info.outputPath("invitation.y4m");
  writeFilm(film, hub.invite("Phan Thị Quét"));
  const browser = await chromium.launch({ ...launchOptions, args: [...launchOptions.args, ...lookingAt(film)] });
  const quet = await App.open(browser, hub, { ...PHONE, permissions: ["camera"] });
  await quet.go("#/join");
  await quet.button("Quét mã QR").click();
  await expect(quet.page.getByText(hub.origin)).toBeVisible();
  // The camera is let go once the code is read.
  await expect(quet.page.locator("video")).toHaveCount(0);
  await quet.page.getByLabel("Họ và tên của bạn").fill("Phan Thị Quét");
  await quet.button("Tham gia").click();
  await expect(quet.heading()).toHaveText("Chào Phan Thị Quét");
  await quet.close();
  await browser.close();
  rmSync(film);
});

test("a shared phone that is left locks itself, and what was being typed is there again", async ({ hub, browser }) => {
  const sen = await App.open(browser, hub);
  const { page } = sen;
  await page.clock.install();
  await sen.join(hub.invite("Lương Văn Tú"), "Lương Văn Tú");
  await sen.join(hub.invite("Mai Thị Sen"), "Mai Thị Sen", "1357");
  await sen.begin();
  await sen.type({ title: "Vận động bà con khu phố Ba" });
  await page.clock.fastForward("10:00");
  await expect(sen.input("title")).toBeVisible();
  await page.clock.fastForward("16:00");
  await expect(sen.heading()).toHaveText("Bạn là ai?");
  expect(await page.content()).not.toContain("Vận động bà con");

  // Whoever takes it up next begins at the beginning.
  await page.getByRole("button", { name: "Lương Văn Tú" }).click();
  await expect(sen.heading()).toHaveText("Chào Lương Văn Tú");
  await expect(page.getByText("Vận động bà con")).toHaveCount(0);
  // Without a PIN there is nothing to lock.
  await page.clock.fastForward("30:00");
  await expect(sen.heading()).toHaveText("Chào Lương Văn Tú");
  await sen.lock();
  await page.getByRole("button", { name: "Mai Thị Sen" }).click();
  await page.getByLabel("Mã PIN của Mai Thị Sen").fill("1357");
  await sen.button("Mở").click();
  await page.getByText("Vận động bà con khu phố Ba").click();
  await expect(sen.input("title")).toHaveValue("Vận động bà con khu phố Ba");
  await sen.close();
});

test("a PIN: set, wrong, made to wait, right; forgotten it can be asked for", async ({ hub, browser }) => {
  const kim = await App.open(browser, hub);
  const { page } = kim;
  await kim.join(hub.invite("Đỗ Thị Kim"), "Đỗ Thị Kim", "2580");
  await kim.record({ title: "Trong két" });
  await kim.agreed();
  const pin = page.getByLabel("Mã PIN của Đỗ Thị Kim");
  const open = kim.button("Mở");
  const ask = async (): Promise<void> => {
    await page.getByRole("button", { name: "Đỗ Thị Kim" }).click();
    await expect(pin).toBeFocused();
  };
  await kim.lock();
  expect(await page.content()).not.toContain("Trong két");

  // Behind the PIN no address leads in.
  await kim.go("#/records");
  await page.reload();
  await expect(kim.heading()).toHaveText("Bạn là ai?");
  await ask();
  await pin.fill("0000");
  await open.click();
  await expect(page.getByText(/Mã PIN chưa đúng/)).toBeVisible();
  await pin.fill("2580");
  await pin.press("Enter");
  await expect(page.getByText("Trong két")).toBeVisible();

  await kim.lock();
  await ask();
  for (let tries = 0; tries < 5; tries += 1) {
    await expect(pin).toBeEditable();
    await pin.fill(`000${tries}`);
    await open.click();
    await expect(pin).toHaveValue("");
  }
  await expect(page.getByText(/Chờ \d+ giây rồi thử lại/)).toBeVisible();
  // A reload is no way around.
  await page.reload();
  await ask();
  await pin.fill("2580");
  await expect(page.getByText(/Chờ \d+ giây rồi thử lại/)).toBeVisible();
  await expect(open).toBeDisabled();
  await page.getByRole("link", { name: "Quên mã PIN?" }).click();
  await expect(page.getByLabel("Đường dẫn yêu cầu")).toHaveValue(/^dongbo:\/\//);
  await page.getByRole("button", { name: "Quay lại" }).click();
  await ask();
  await pin.fill("2580");
  await expect(open).toBeEnabled({ timeout: 60_000 });
  await open.click();
  await expect(kim.heading()).not.toHaveText("Bạn là ai?");
  await kim.go("#/records");
  await expect(page.getByText("Trong két")).toBeVisible();
  await kim.close();
});

test("a forgotten PIN is reset by the administrator; nothing is lost, and it is told", async ({ hub, browser }) => {
  const quen = await App.open(browser, hub);
  const { page } = quen;
  await quen.join(hub.invite("Tạ Thị Quên"), "Tạ Thị Quên", "2580");
  await quen.agreed();
  await quen.offline(true);
  await quen.record({ title: "Còn nguyên sau khi quên" });
  await quen.lock();
  await page.getByRole("button", { name: "Tạ Thị Quên" }).click();
  await page.getByRole("link", { name: "Quên mã PIN?" }).click();
  const request = page.getByLabel("Đường dẫn yêu cầu");
  await expect(request).toHaveValue(/^dongbo:\/\/reset/);
  const answer = hub.reset(await request.inputValue());

  const given = page.getByLabel("Đường dẫn trả lời");
  await given.fill(`${answer.slice(0, -6)}AAAAAA`);
  await page.getByLabel("Mã PIN mới").fill("4826");
  await page.getByLabel("Nhập lại mã PIN").fill("4826");
  await quen.button("Đặt mã PIN mới").click();
  await expect(page.getByRole("alert")).toBeVisible();
  await given.fill(answer);
  await quen.button("Đặt mã PIN mới").click();
  await expect(page.getByText("Đã đặt lại mã PIN.")).toBeVisible();
  await page.getByRole("button", { name: "Tạ Thị Quên" }).click();
  await page.getByLabel("Mã PIN của Tạ Thị Quên").fill("4826");
  await quen.button("Mở").click();
  await quen.offline(false);
  await quen.agreed();
  await quen.go("#/");
  await expect(page.getByText("Còn nguyên sau khi quên")).toBeVisible();
  await expect(page.getByText(/Mã PIN trên máy này đã được quản trị viên đặt lại/)).toBeVisible();
  await quen.close();
});

test("who has left is told, gives the unsent work away sealed, and only then deletes it", async ({ hub, browser }, info) => {
  const roi = await App.open(browser, hub);
  const { page } = roi;
  await roi.join(hub.invite("Lý Thị Rời"), "Lý Thị Rời");
  const device = await roi.device();
  await roi.offline(true);
  await roi.record({ title: "Chưa kịp gửi" });
  // Long enough ago that the work above was signed after it.
  hub.run("devices", "revoke", device, "--reason", "left", "--wipe");
  await roi.begin();
  await roi.type({ title: "Còn viết dở" });
  await expect(page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  await roi.offline(false);
  await expect(roi.heading()).toHaveText("Quyền của máy này đã bị thu hồi", { timeout: 30_000 });
  await expect(page.getByText("Bạn không còn phụ trách phong trào.")).toBeVisible();
  // However often it is started.
  await page.reload();
  await expect(page.getByText(/Trên máy còn \d thay đổi chưa gửi và 1 bản nháp/)).toBeVisible();
  const download = page.waitForEvent("download");
  await roi.button("Xuất phần chưa gửi cho quản trị viên").click();
  const sealed = await download;
  expect(sealed.suggestedFilename()).toMatch(/^dongbo-kh244-.*\.sealed$/);
  const file = info.outputPath("work.sealed");
  await sealed.saveAs(file);
  await roi.button("Xóa dữ liệu trên máy này").click();
  await expect(page.getByRole("dialog")).toContainText(/Trên máy còn \d thay đổi chưa gửi và 1 bản nháp/);
  await page.getByRole("dialog").getByRole("button", { name: "Hủy" }).click();
  await expect(roi.heading()).toHaveText("Quyền của máy này đã bị thu hồi");
  await roi.button("Xóa dữ liệu trên máy này").click();
  await page.getByRole("dialog").getByRole("button", { name: "Xóa dữ liệu trên máy này" }).click();
  await expect(page.getByText("Dữ liệu đã được xóa theo quyết định thu hồi.")).toBeVisible();

  // The administrator opens it, and the hub has the work.
  hub.takeIn(file);
  const lan = await App.open(browser, hub, LAPTOP);
  await lan.join(hub.invite("Phùng Thị Lan", AGGREGATOR), "Phùng Thị Lan");
  await lan.go("#/desk/records");
  await expect(lan.page.getByRole("link", { name: "Chưa kịp gửi" })).toBeVisible();
  await lan.close();
  await roi.close();
});

test("a phone that was lost is empty the moment it hears of it", async ({ hub, browser }) => {
  const mat = await App.open(browser, hub);
  const { page } = mat;
  await mat.join(hub.invite("Hồ Văn Mất"), "Hồ Văn Mất");
  await mat.record({ title: "Chuyện riêng trên máy mất" });
  await mat.agreed();
  hub.run("devices", "revoke", await mat.device(), "--reason", "lost", "--wipe");
  await mat.sync().catch(() => undefined);
  await expect(page.getByText("Dữ liệu đã được xóa theo quyết định thu hồi.")).toBeVisible();
  expect(await page.content()).not.toContain("Chuyện riêng trên máy mất");
  const stores = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
  expect(stores).toEqual(["dongbo-people"]);
  await mat.button("Bỏ khỏi danh sách").click();
  await expect(page.getByText("Chưa có ai trên máy này.")).toBeVisible();
  await mat.close();
});
