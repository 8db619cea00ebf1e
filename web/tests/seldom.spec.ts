/** What people do seldom, at a real hub: work in a file, two records that are one, another unit, the calendar, being woken. */
import { readFileSync } from "node:fs";
import { ADMINISTRATOR, AGGREGATOR, COMMUNE } from "./hub.ts";
import { App, LAPTOP, expect, test } from "./app.ts";
import { COLLEAGUES_RECORDS } from "./made_up.ts";

/** An A4 sheet within its margins. */
const PAPER = { width: 680, height: 1009 };

test("work is carried in a file where there is no network, by a colleague's phone", async ({ hub, browser }, info) => {
  const [hoa, binh] = [await App.open(browser, hub), await App.open(browser, hub)];
  await hoa.join(hub.invite("Đỗ Thị Hòa"), "Đỗ Thị Hòa");
  await binh.join(hub.invite("Đỗ Văn Bình"), "Đỗ Văn Bình");
  await hoa.agreed();
  await hoa.offline(true);
  const record = await hoa.record({ title: "Ra quân ở ấp không có sóng" });
  await hoa.go("#/settings");
  const downloading = hoa.page.waitForEvent("download");
  await hoa.button("Xuất nội dung chưa gửi ra tệp").click();
  const bundle = info.outputPath("work.bundle");
  await (await downloading).saveAs(bundle);
  await expect(hoa.page.getByText("Đã xuất tệp. Nội dung vẫn còn trên máy này.")).toBeVisible();
  await expect(hoa.page.getByText("Chỉ trên máy: 1")).toBeVisible();

  // Another file is not taken for work, and said to be none.
  await binh.go("#/settings");
  const files = binh.page.getByLabel("Nhập tệp của đồng nghiệp");
  await files.setInputFiles({ name: "anh.jpg", mimeType: "image/jpeg", buffer: Buffer.from("Ảnh chụp buổi ra quân") });
  await expect(binh.page.getByRole("alert")).toBeVisible();
  await expect(binh.page.getByText(/Đã đọc tệp/)).toHaveCount(0);
  await files.setInputFiles(bundle);
  await expect(binh.page.getByText("Đã đọc tệp: 1 thay đổi mới, 0 thay đổi đã có sẵn trên máy.")).toBeVisible();
  await expect(binh.page.getByRole("alert")).toHaveCount(0);
  await binh.go(record);
  await expect(binh.heading()).toHaveText("Ra quân ở ấp không có sóng");
  await binh.agreed();

  // Somebody who may not read it is not told that they have it now.
  const xa = await App.open(browser, hub);
  await xa.join(hub.invite("Đỗ Thị Xa", { unit: "26545", role: "commune_officer" }), "Đỗ Thị Xa");
  await xa.go("#/settings");
  await xa.page.getByLabel("Nhập tệp của đồng nghiệp").setInputFiles(bundle);
  await expect(xa.page.getByRole("alert")).toContainText("1 thay đổi thuộc bản ghi mà vai trò của bạn không được đọc");

  // The hub has it while its author's phone is still away, and once only when that is back.
  const lan = await App.open(browser, hub, LAPTOP);
  await lan.join(hub.invite("Đỗ Thị Lan", AGGREGATOR), "Đỗ Thị Lan");
  await lan.go("#/records");
  const there = lan.page.getByText("Ra quân ở ấp không có sóng");
  await expect(there).toHaveCount(1);
  await hoa.offline(false);
  await hoa.agreed();
  await lan.sync();
  await expect(there).toHaveCount(1);
  for (const app of [hoa, binh, xa, lan]) await app.close();
});

test("two records of one thing: both stay, one counts, and it can be taken back", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const { page } = hoa;
  await hoa.join(hub.invite("Lý Thị Hòa"), "Lý Thị Hòa");
  const held = async (title: string): Promise<string> => {
    await hoa.begin();
    await hoa.type({ title });
    // Within the campaign: what is after it does not count anyway.
    await hoa.field("held_on").locator("input[inputmode]").fill("26/03/2023");
    await hoa.save();
    return new URL(page.url()).hash;
  };
  const first = await held("Lễ phát động ở Nhà văn hóa");
  const second = await held("Phát động tại nhà văn hóa xã");
  await page.getByText("Việc khác").click();
  await hoa.button("Báo trùng với bản ghi khác").click();
  await page.getByRole("searchbox").fill("le phat dong");
  await page.getByRole("button", { name: "Lễ phát động ở Nhà văn hóa" }).click();
  await expect(page.getByRole("button", { name: "Không trùng" })).toBeVisible();
  const notCounted = page.getByText("Không tính: trùng với bản ghi khác");
  await expect(hoa.heading()).toHaveText("Phát động tại nhà văn hóa xã");
  const here = await notCounted.count();
  await hoa.go(first);
  await expect(hoa.heading()).toHaveText("Lễ phát động ở Nhà văn hóa");
  await expect(notCounted).toHaveCount(1 - here);

  await hoa.go(second);
  await expect(hoa.heading()).toHaveText("Phát động tại nhà văn hóa xã");
  await page.getByRole("button", { name: "Không trùng" }).click();
  await expect(page.getByRole("button", { name: "Không trùng" })).toHaveCount(0);
  await expect(notCounted).toHaveCount(0);
  await hoa.agreed();
  await hoa.close();
});

test("a record moves to another unit: the old one is withdrawn, its words are in the new one, and the next begins as the last", async ({ hub, browser }) => {
  const [quan, hoa] = [await App.open(browser, hub, LAPTOP), await App.open(browser, hub)];
  await quan.join(hub.invite("Đinh Thị Quân", ADMINISTRATOR), "Đinh Thị Quân");
  await hoa.join(hub.invite("Đinh Thị Hòa"), "Đinh Thị Hòa");
  await hoa.agreed();
  await quan.go("#/admin/people");
  await quan.page.getByRole("button", { name: "Giao vai trò: Đinh Thị Hòa" }).click();
  const dialog = quan.page.getByRole("dialog");
  await dialog.getByLabel("Đơn vị").selectOption({ label: "Phường Bà Rịa" });
  await dialog.getByLabel("Vai trò").selectOption("commune_officer");
  await dialog.getByRole("button", { name: "Giao vai trò" }).click();
  await expect(quan.page.getByText("Đã giao vai trò.")).toBeVisible();

  await hoa.sync();
  const old = await hoa.record({ title: "Ghi nhầm đơn vị", content: "Bà con khu phố Hai đến dự." });
  await hoa.page.getByText("Việc khác").click();
  await hoa.button("Chuyển sang đơn vị khác").click();
  const asked = hoa.page.getByRole("dialog");
  const units = asked.getByLabel("Đơn vị nhận");
  await units.selectOption({ index: 1 });
  const unit = (await units.locator("option:checked").textContent()) ?? "";
  await asked.getByLabel("Lý do chuyển").fill("Hoạt động của đơn vị bạn");
  await asked.getByRole("button", { name: "Chuyển sang đơn vị khác" }).click();
  await expect(hoa.page).not.toHaveURL(new RegExp(`${old}$`));
  await expect(hoa.heading()).toHaveText("Ghi nhầm đơn vị");
  await expect(hoa.page.getByText("Bà con khu phố Hai đến dự.")).toBeVisible();
  await expect(hoa.page.getByText("Chuyển đến từ đơn vị khác")).toBeVisible();
  await expect(hoa.page.getByText(unit).first()).toBeVisible();
  await hoa.go(old);
  await expect(hoa.page.getByText("Đã chuyển sang đơn vị khác")).toBeVisible();
  await expect(hoa.page.getByText(/Hoạt động của đơn vị bạn/)).toBeVisible();

  // A new one begins with the unit of the last one, and with what that unit's last one said of what stays the same.
  const chosen = hoa.page.getByLabel("Đơn vị", { exact: true });
  await hoa.begin();
  await chosen.selectOption({ label: unit });
  await hoa.type({ title: "Buổi thứ nhất", place: "Khu phố Một", content: "Bốn mươi người." });
  await hoa.save();
  await hoa.begin();
  await expect(chosen.locator("option:checked")).toHaveText(unit);
  await expect(hoa.input("place")).toHaveValue("Khu phố Một");
  await expect(hoa.input("title")).toHaveValue("");
  await expect(hoa.input("content")).toHaveValue("");
  await hoa.agreed();
  for (const app of [quan, hoa]) await app.close();
});

test("a record that the desk shows and this device lacks is read from the hub, and only read", async ({ hub, browser }) => {
  const lan = await App.open(browser, hub, LAPTOP);
  const { page } = lan;
  await lan.join(hub.invite("Hồ Thị Lan", AGGREGATOR), "Hồ Thị Lan");
  await lan.sync();
  // As a browser that has no room for all that its member may read.
  await lan.context.route("**/api/v1/**/sync", (route) => route.abort());
  const tam = hub.colleague("Hồ Văn Tâm");
  const record = tam.write("activity", { title: "Chỉ có ở trung tâm", content: "Bà con đến đông." });
  tam.run("sync");
  await lan.go("#/desk/records?form=activity");
  await page.getByRole("link", { name: "Chỉ có ở trung tâm" }).click();
  const told = page.getByText(/^Đọc từ trung tâm lúc \d\d:\d\d \d\d\/\d\d\/\d{4}\. Bản ghi này không có trên máy/);
  await expect(told).toBeVisible();
  await expect(lan.heading()).toHaveText("Chỉ có ở trung tâm");
  await expect(page.getByText("Bà con đến đông.")).toBeVisible();
  await expect(page.locator("dl.about", { hasText: "Hồ Văn Tâm" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Sửa bản ghi" })).toHaveCount(0);
  await expect(page.getByText("Việc khác")).toHaveCount(0);
  // What the hub does not know either is said as ever.
  await lan.go("#/record/00000000-0000-4000-8000-000000000000");
  await expect(page.getByText("Không thấy bản ghi này trên máy.")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(1);

  await lan.go(`#/record/${record}`);
  await expect(told).toBeVisible();
  await lan.context.unroute("**/api/v1/**/sync");
  await lan.sync();
  await expect(page.getByText("Trung tâm đã nhận đủ.")).toBeVisible();
  await expect(told).toHaveCount(0);
  await lan.close();
});

test("a PIN is taken off only by whoever knows it, and not by leaving its field empty", async ({ hub, browser }) => {
  const go = await App.open(browser, hub);
  const { page } = go;
  await go.join(hub.invite("Tống Thị Gỡ"), "Tống Thị Gỡ", "2580");
  await go.go("#/settings");
  await go.button("Đổi mã PIN").click();
  await page.getByLabel("Mã PIN hiện tại").fill("2580");
  await expect(go.button("Đổi mã PIN")).toBeDisabled();
  await go.button("Hủy").click();
  await go.button("Bỏ mã PIN").click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("Ai cầm máy này cũng mở được dữ liệu của bạn");
  const remove = dialog.getByRole("button", { name: "Bỏ mã PIN" });
  await expect(remove).toBeDisabled();
  await dialog.getByLabel("Mã PIN hiện tại").fill("0000");
  await remove.click();
  await expect(dialog.getByRole("alert")).toContainText("Mã PIN chưa đúng.");
  await dialog.getByLabel("Mã PIN hiện tại").fill("2580");
  await remove.click();
  await expect(page.getByText("Đã bỏ mã PIN.")).toBeVisible();
  await expect(go.button("Đặt mã PIN")).toBeVisible();
  await expect(go.button("Bỏ mã PIN")).toHaveCount(0);
  await go.go("#/");
  await page.reload();
  await expect(go.heading()).toHaveText("Chào Tống Thị Gỡ");
  await go.close();
});

test("deadlines are taken along as a calendar, and the desk is printed", async ({ hub, browser }, info) => {
  const tam = hub.colleague("Bùi Văn Tâm");
  for (const { form, answers } of COLLEAGUES_RECORDS) tam.write(form, answers);
  tam.run("sync");
  const lan = await App.open(browser, hub, LAPTOP);
  const { page } = lan;
  await lan.join(hub.invite("Bùi Thị Lan", AGGREGATOR), "Bùi Thị Lan");
  await lan.go("#/desk/deadlines");
  const downloading = page.waitForEvent("download");
  await lan.button("Tải lịch (.ics)").click();
  const file = info.outputPath("deadlines.ics");
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/\.ics$/);
  await download.saveAs(file);
  const calendar = readFileSync(file, "utf8").replaceAll(/\r?\n[ \t]/g, "");
  expect(calendar).toMatch(/^BEGIN:VCALENDAR\r\n/);
  const label = (await page.locator("main h2").first().textContent()) ?? "";
  expect(calendar).toContain(label.replaceAll(",", String.raw`\,`));

  // On paper there is nothing to press, every column is there, and it is light also where the screen is dark.
  await page.evaluate(() => localStorage.setItem("dongbo.settings", JSON.stringify({ theme: "dark" })));
  await page.reload();
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize(PAPER);
  await expect(page.getByText(label)).toBeVisible();
  await expect(lan.button("Tải lịch (.ics)")).toBeHidden();
  await expect(page.getByRole("navigation").first()).toBeHidden();
  await lan.go("#/desk/figures?measure=activities&by=themes");
  await expect(page.getByRole("columnheader").last()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  const scheme = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  expect(await scheme()).toBe("dark");
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  expect(await scheme()).toBe("light");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  expect(await scheme()).toBe("dark");
  await lan.close();
});

test("no address that is asked for carries an invitation's code or a session's token", async ({ hub, browser }) => {
  const lan = await App.open(browser, hub, LAPTOP);
  const { page } = lan;
  const invitation = hub.invite("Ông Thị Lan", AGGREGATOR);
  const secrets = new Set([new URL(invitation).searchParams.get("code") ?? ""]);
  const asked: string[] = [];
  lan.context.on("request", (request) => {
    asked.push(decodeURIComponent(request.url()));
    const [, token] = (request.headers().authorization ?? "").split(" ");
    if (token) secrets.add(token);
  });
  await lan.join(invitation, "Ông Thị Lan");
  await lan.sync();
  await lan.go("#/desk/targets?year=2023");
  await expect(page.getByText(/^Số liệu lúc/)).toBeVisible();
  await page.reload();
  await expect(page.getByText(/^Số liệu lúc/)).toBeVisible();

  // All of it was heard: joining, a sync, hints and the desk; and what must not be there is known.
  for (const path of [/\/devices$/, /\/sync$/, /\/live$/, /\/targets\b/]) expect(asked.some((address) => path.test(address))).toBe(true);
  expect(secrets.size).toBeGreaterThan(1);
  expect(secrets).not.toContain("");
  expect([...asked, page.url()].filter((address) => [...secrets].some((secret) => address.includes(secret)))).toEqual([]);
  await lan.close();
});

test("the browser wakes the app when there is a network again, and it sends what waits", async ({ hub }) => {
  const minh = await App.install(hub);
  const { page } = minh;
  await minh.join(hub.invite("Tạ Văn Minh"), "Tạ Văn Minh");
  await minh.ready();
  await page.reload();
  await minh.agreed();
  const cdp = await minh.context.newCDPSession(page);
  const registration = new Promise<string>((resolve) =>
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const [one] = registrations;
      if (one) resolve(one.registrationId);
    }),
  );
  await cdp.send("ServiceWorker.enable");

  await hub.kill();
  await minh.record({ title: "Ghi khi trung tâm tắt" });
  await minh.sync();
  await expect(page.getByText("Chỉ trên máy: 1")).toBeVisible();
  // The browser, which believes that there is a network, has it tried once more, and then waits for minutes.
  await page.waitForTimeout(5_000);
  let tries = 0;
  minh.context.on("request", (request) => (tries += Number(/\/api\/(?!.*\/live$)/.test(request.url()))));
  await page.waitForTimeout(10_000);
  expect(tries).toBeLessThan(3);
  const waiting = page.evaluate(async () => {
    const { sync } = (await navigator.serviceWorker.ready) as unknown as { sync: { getTags(): Promise<string[]> } };
    return sync.getTags();
  });
  expect(await waiting).toEqual(["send"]);
  await hub.serve();
  await cdp.send("ServiceWorker.dispatchSyncEvent", {
    origin: hub.origin,
    registrationId: await registration,
    tag: "send",
    lastChance: false,
  });
  await minh.agreed();
  await minh.close();
});

test("what an administrator turned down is told with the reason, written again, or given up", async ({ hub, browser }) => {
  const hoa = await App.open(browser, hub);
  const invited = hub.run("invite", "--name", "Ngô Thị Hòa", "--unit", COMMUNE, "--role", "commune_officer");
  await hoa.join(invited.link ?? "", "Ngô Thị Hòa");
  const { member = "" } = invited;
  // Her role ends while she is out: what she signs then waits for somebody's word.
  await hoa.offline(true);
  hub.run("members", "end", member, COMMUNE, "commune_officer");
  // Signed times are whole seconds.
  await hoa.page.waitForTimeout(1_100);
  for (const title of ["Ra quân ấp Đông", "Ra quân ấp Tây"]) await hoa.record({ title });
  await hoa.offline(false);
  await hoa.sync();
  await expect(hoa.page.getByText("Cần xem lại: 2").first()).toBeVisible();
  for (const { record, change, name } of hub.waiting()) {
    if (name === "Ngô Thị Hòa") hub.run("approvals", "turn-down", record, change, "--reason", "Thiếu danh sách người dự");
  }
  await hoa.sync();
  hub.run("members", "grant", member, COMMUNE, "commune_officer");
  await hoa.sync();

  await hoa.go("#/attention");
  const cards = hoa.page.getByRole("article");
  await expect(cards).toHaveCount(2);
  await expect(cards.first()).toContainText("Quản trị viên không duyệt nội dung này.");
  await expect(cards.first()).toContainText("Lý do: Thiếu danh sách người dự");
  await cards.filter({ hasText: "ấp Đông" }).getByRole("link", { name: "Viết lại" }).click();
  await expect(hoa.input("title")).toHaveValue("Ra quân ấp Đông");
  await hoa.type({ title: "Ra quân ấp Đông, có danh sách" });
  await hoa.save();

  await hoa.go("#/attention");
  await expect(cards).toHaveCount(1);
  await cards.getByRole("button", { name: "Bỏ nội dung này" }).click();
  await hoa.page.getByRole("dialog").getByRole("button", { name: "Bỏ nội dung này" }).click();
  await expect(cards).toHaveCount(0);
  await hoa.agreed();
  await hoa.go("#/records");
  await expect(hoa.page.getByText("Ra quân ấp Đông, có danh sách")).toBeVisible();
  await expect(hoa.page.getByText("ấp Tây")).toHaveCount(0);
  await hoa.close();
});
