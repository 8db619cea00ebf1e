/** Administration from a laptop, at a real hub: somebody is invited, a lost phone revoked, what it had signed decided on. */
import { ADMINISTRATOR, AGGREGATOR, COMMUNE } from "./hub.ts";
import { App, LAPTOP, expect, test } from "./app.ts";

test("an administrator invites; who is given the link joins", async ({ hub, browser }) => {
  const [quan, an] = [await App.open(browser, hub, LAPTOP), await App.open(browser, hub)];
  const { page } = quan;
  await quan.join(hub.invite("Lưu Thị Quân", ADMINISTRATOR), "Lưu Thị Quân");
  await quan.go("#/admin/people");
  await page.getByText("Mời người mới").click();
  await page.getByLabel("Họ và tên").fill("Nguyễn Văn An");
  const form = page.locator("form", { has: page.getByLabel("Họ và tên") });
  await form.getByLabel("Đơn vị").selectOption("26572-20250701");
  await form.getByLabel("Vai trò").selectOption("volunteer");
  await quan.button("Lập lời mời").click();
  const code = page.getByRole("img", { name: /Mã QR/ });
  await expect(code).toBeVisible();
  // It is shown once, so it does not go unasked: not with the window, and not when another page is looked at.
  const isAsked = (): Promise<boolean> => page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
  expect(await isAsked()).toBe(true);
  await quan.go("#/admin/units");
  await expect(code).toHaveCount(0);
  expect(await isAsked()).toBe(false);
  await quan.go("#/admin/people");
  await expect(code).toBeVisible();
  await an.join(await page.getByLabel("Đường dẫn lời mời").inputValue(), "Nguyễn Văn An");

  // Used up: it lets nobody else in.
  const other = await App.open(browser, hub);
  await other.go("#/join");
  await other.page.getByLabel("Đường dẫn lời mời").fill(await page.getByLabel("Đường dẫn lời mời").inputValue());
  await other.button("Xem lời mời").click();
  await other.page.getByLabel("Họ và tên của bạn").fill("Người khác");
  await other.button("Tham gia").click();
  await expect(other.page.getByRole("alert").first()).toBeVisible();
  await expect(other.heading()).not.toHaveText("Chào Người khác");

  await quan.go("#/admin/log");
  await expect(page.getByText("Nguyễn Văn An").first()).toBeVisible();
  // Whoever is in next does not see it.
  await quan.lock();
  await page.getByRole("button", { name: /Lưu Thị Quân/ }).click();
  await quan.go("#/admin/people");
  await expect(quan.heading()).toHaveText("Người");
  await expect(page.getByRole("heading", { name: "Nguyễn Văn An" })).toBeVisible();
  await expect(code).toHaveCount(0);
  for (const app of [quan, an, other]) await app.close();
});

/** What records of outreach are called by in lists. */
const TOPIC = "Thanh toán không dùng tiền mặt";

test("a lost phone is revoked; what it had signed waits, is read and approved", async ({ hub, browser }) => {
  const quan = await App.open(browser, hub, LAPTOP);
  const { page } = quan;
  await quan.join(hub.invite("Lưu Thị Quản", ADMINISTRATOR), "Lưu Thị Quản");
  const lost = hub.colleague("Bùi Văn Sót");
  const answers = { organisation: "cnscd", held_on: "2023-09-02", place: "Khu phố Long Sơn", method: "door_to_door", topic: "cashless", reached: 21, no_secret: true };
  const record = lost.write("outreach", answers);

  await quan.go("#/admin/devices");
  await page.getByRole("button", { name: /Thu hồi máy .*Bùi Văn Sót/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Mất hoặc bị lấy cắp").click();
  await dialog.getByRole("button", { name: "Thu hồi" }).click();
  await dialog.getByRole("button", { name: "Báo mất và thu hồi" }).click();
  await expect(page.getByText("Đã thu hồi máy.")).toBeVisible();

  lost.run("sync");
  await quan.go("#/admin/approvals");
  await expect(page.getByText("Đang chờ (1)")).toBeVisible();
  await expect(page.getByText("Khu phố Long Sơn").first()).toBeVisible();
  await quan.go("#/desk/records?form=outreach");
  await expect(page.getByRole("table")).toBeVisible();
  await expect(page.getByRole("link", { name: TOPIC })).toHaveCount(0);
  await quan.go("#/admin/approvals");
  await quan.button("Duyệt").click();
  await dialog.getByRole("button", { name: "Duyệt" }).click();
  await expect(page.getByText("Không có nội dung nào chờ duyệt.")).toBeVisible();
  await quan.go("#/desk/records?form=outreach");
  await expect(page.getByRole("link", { name: TOPIC })).toBeVisible();
  await quan.go(`#/record/${record}`);
  await expect(page.getByText("Khu phố Long Sơn").first()).toBeVisible();
  await quan.close();
});

test("a change is turned down with a reason, which its author's phone shows", async ({ hub, browser }) => {
  const [quan, hoa] = [await App.open(browser, hub, LAPTOP), await App.open(browser, hub)];
  const { page } = quan;
  await quan.join(hub.invite("Lưu Văn Quân", ADMINISTRATOR), "Lưu Văn Quân");
  const { link = "", member = "" } = hub.run("invite", "--name", "Lưu Thị Hòa", "--unit", COMMUNE, "--role", "commune_officer");
  await hoa.join(link, "Lưu Thị Hòa");
  await hoa.agreed();
  // Her role ends while she is out: what she signs then waits for somebody's word.
  await hoa.offline(true);
  hub.run("members", "end", member, COMMUNE, "commune_officer");
  // Signed times are whole seconds.
  await hoa.page.waitForTimeout(1_100);
  const record = await hoa.record({ title: "Tuyên truyền ở chợ", content: "Phát hai trăm tờ rơi." });
  await hoa.offline(false);
  await expect(hoa.page.getByText("Cần xem lại: 1").first()).toBeVisible();

  await quan.go("#/admin/approvals");
  const card = page.getByRole("listitem").filter({ hasText: "Tuyên truyền ở chợ" });
  await expect(card.getByText("Phát hai trăm tờ rơi.")).toBeVisible();
  await card.getByRole("button", { name: "Từ chối" }).click();
  const dialog = page.getByRole("dialog");
  const turnDown = dialog.getByRole("button", { name: "Từ chối" });
  await expect(turnDown).toBeDisabled();
  await dialog.getByLabel("Lý do, người gửi sẽ thấy").fill("Hoạt động này phường bạn đã ghi");
  await turnDown.click();
  await expect(page.getByText("Đã từ chối. Người gửi thấy lý do ở lần đồng bộ tới.")).toBeVisible();
  await expect(card.getByRole("button", { name: "Từ chối" })).toHaveCount(0);
  await page.getByText(/^Đã từ chối \(\d+\)$/).click();
  await expect(card.getByText(/^Từ chối lúc .*: Hoạt động này phường bạn đã ghi$/)).toBeVisible();
  expect(hub.waiting().find((one) => record.endsWith(one.record))).toMatchObject({
    state: { turned_down: { reason: "Hoạt động này phường bạn đã ghi" } },
  });

  await hoa.sync();
  await hoa.go("#/attention");
  const told = hoa.page.getByRole("article").filter({ hasText: "Tuyên truyền ở chợ" });
  await expect(told).toContainText("Quản trị viên không duyệt nội dung này.");
  await expect(told).toContainText("Lý do: Hoạt động này phường bạn đã ghi");
  for (const app of [quan, hoa]) await app.close();
});

test("a record is erased by typing the beginning of its id, and a phone that had it shows it no more", async ({ hub, browser }) => {
  const [quan, hoa] = [await App.open(browser, hub, LAPTOP), await App.open(browser, hub)];
  const { page } = quan;
  const title = "Tiếp bà Ngô Thị Tám ở ấp Bắc";
  const tam = hub.colleague("Lưu Văn Tâm");
  const record = tam.write("activity", { title, held_on: "2023-03-26" });
  tam.run("sync");
  await quan.join(hub.invite("Lưu Thị Quyên", ADMINISTRATOR), "Lưu Thị Quyên");
  await hoa.join(hub.invite("Lưu Văn Hòa"), "Lưu Văn Hòa");
  const atHub = (): string => JSON.stringify(hub.run("records"));
  expect(atHub()).toContain(title);
  const shown = hoa.page.getByText(title);
  await hoa.go(`#/record/${record}`);
  await expect(hoa.heading()).toHaveText(title);

  await quan.go(`#/record/${record}`);
  await page.getByRole("link", { name: "Xóa theo quyết định" }).click();
  await expect(page.getByLabel("Mã bản ghi")).toHaveValue(record);
  await expect(page.getByText(`Bản ghi sẽ bị xóa: ${title}`)).toBeVisible();
  const short = record.slice(0, 8);
  const [confirm, erase] = [page.getByLabel(`Gõ ${short} để xác nhận`), quan.button("Xóa vĩnh viễn")];
  await page.getByLabel("Lý do xóa").fill("Theo yêu cầu của đương sự");
  await expect(erase).toBeDisabled();
  await confirm.fill(`${short.slice(0, 7)}z`);
  await expect(page.getByText("Chưa đúng 8 ký tự đầu của mã bản ghi.")).toBeVisible();
  await expect(erase).toBeDisabled();
  await confirm.fill(short);
  await erase.click();
  await page.getByRole("dialog").getByRole("button", { name: "Xóa vĩnh viễn" }).click();
  await expect(page.getByText("Đã ký quyết định xóa.").first()).toBeVisible();
  const told = page.getByRole("listitem").filter({ hasText: short });
  await expect(told).toContainText("Theo yêu cầu của đương sự");
  expect(atHub()).not.toContain(title);

  await hoa.sync();
  await expect(hoa.page.getByText("Không thấy bản ghi này trên máy.")).toBeVisible();
  await expect(shown).toHaveCount(0);
  await hoa.go("#/records");
  await expect(hoa.heading()).toHaveText("Bản ghi");
  await expect(shown).toHaveCount(0);
  await hoa.go("#/");
  await expect(hoa.page.getByText(/Một bản ghi đã bị xóa theo quyết định lúc/)).toBeVisible();
  await expect(hoa.page.getByText("Lý do: Theo yêu cầu của đương sự")).toBeVisible();
  await expect(shown).toHaveCount(0);
  for (const app of [quan, hoa]) await app.close();
});

test("a name that is typed where an id belongs goes nowhere", async ({ hub, browser }) => {
  const quan = await App.open(browser, hub, LAPTOP);
  const { page } = quan;
  await quan.join(hub.invite("Lưu Thị Xóa", ADMINISTRATOR), "Lưu Thị Xóa");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(decodeURIComponent(request.url())));
  await quan.go("#/admin/erasure");
  await page.getByLabel("Mã bản ghi").fill("Nguyễn Văn Dân 0901234567");
  await page.getByLabel("Mã bản ghi").press("Tab");
  await expect(page.getByText("Chưa phải mã bản ghi.")).toBeVisible();
  expect([...asked, page.url()].filter((address) => /0901234567/.test(address))).toEqual([]);
  await quan.close();
});

test("who administers nothing is told so, and the hub agrees", async ({ hub, browser }) => {
  const minh = await App.open(browser, hub);
  await minh.join(hub.invite("Trần Văn Minh"), "Trần Văn Minh");
  await minh.go("#/settings");
  await expect(minh.button("Khóa và đổi người")).toBeVisible();
  await expect(minh.page.getByRole("link", { name: "Quản trị" })).toHaveCount(0);
  await minh.go("#/admin/people");
  await expect(minh.page.getByText("Vai trò của bạn không có việc quản trị nào.")).toBeVisible();

  const lan = await App.open(browser, hub, LAPTOP);
  await lan.join(hub.invite("Phạm Thị Lan", AGGREGATOR), "Phạm Thị Lan");
  await lan.go("#/admin/erasure");
  await expect(lan.page.getByText("Vai trò của bạn không có phần việc này.")).toBeVisible();
  await minh.close();
  await lan.close();
});
