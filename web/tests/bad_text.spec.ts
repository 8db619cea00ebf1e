/** Text that is a script, that is endless, that turns around or cannot be seen: shown as it was typed, and nothing else changes. */
import { ADMINISTRATOR, AGGREGATOR } from "./hub.ts";
import { App, LAPTOP, expect, readsForward, test } from "./app.ts";

/** Text that would be a script, a picture that fails, or markup, if anything took it for such. */
const XSS = `<img src=x onerror=alert(1)>"><script>alert(2)</script><a href="javascript:alert(3)">{alert(4)}`;
/** What there would be if anything of it had been taken for markup. */
const MARKUP = "main img, main script, main b, main i:not([class]), [onclick], a[href^='javascript']";
const TEXT_FIELDS = ["title", "kind_other", "organiser", "co_organisers", "place", "content", "result"];

test("scripts in every text field are text everywhere", async ({ hub, browser }) => {
  const name = `<b onclick=alert(5)>Xấu</b>`;
  const [xau, tot] = [await App.open(browser, hub), await App.open(browser, hub, LAPTOP)];
  await xau.join(hub.invite(name), name);
  await tot.join(hub.invite("Tô Thị Tốt", AGGREGATOR), "Tô Thị Tốt");
  await xau.begin();
  await xau.field("kind").locator("select").selectOption("other");
  await xau.type(Object.fromEntries(TEXT_FIELDS.map((field) => [field, `${field} ${XSS}`])));
  await xau.save();
  const record = new URL(xau.page.url()).hash;
  await xau.agreed();
  await xau.offline(true);
  await xau.edit({ title: `một ${XSS}` });
  const other = hub.colleague(`<i>Kẻ khác</i>`);
  other.run("sync");
  other.run("edit", record.slice("#/record/".length), "--set", `title=hai ${XSS}`);
  other.run("sync");
  await xau.offline(false);
  await xau.agreed();

  for (const { page, go } of [xau, tot].map((app) => ({ page: app.page, go: (hash: string) => app.go(hash) }))) {
    await go("#/");
    await expect(page.locator("a.record", { hasText: XSS }).first()).toBeVisible();
    await go("#/records");
    await expect(page.locator("a.record", { hasText: XSS }).first()).toBeVisible();
    await page.getByRole("searchbox").fill("<script>alert");
    await expect(page.locator("a.record", { hasText: XSS }).first()).toBeVisible();
    await go(record);
    await expect(page.locator(".candidate", { hasText: `một ${XSS}` })).toBeVisible();
    await expect(page.locator(".candidate", { hasText: `hai ${XSS}` })).toBeVisible();
    for (const field of TEXT_FIELDS.slice(1)) await expect(page.locator("dd", { hasText: `${field} ${XSS}` })).toBeVisible();
    for (const summary of await page.locator("summary").all()) await summary.click();
    await expect(page.locator("li", { hasText: `${name} lập bản ghi` })).toBeVisible();
    await go("#/attention");
    await go("#/desk/records?form=activity");
    await expect(page.getByRole("row", { name: XSS }).first()).toBeVisible();
    await go("#/desk/quality");
    await expect(page.getByText(XSS).first()).toBeVisible();
    expect(await page.locator(MARKUP).count()).toBe(0);
  }
  await xau.go("#/settings");
  await expect(xau.page.getByText(name).first()).toBeVisible();
  await xau.close();
  await tot.close();
});

test("scripts in a reason, a review and the name of whoever is invited are text", async ({ hub, browser }) => {
  const [lan, quan] = [await App.open(browser, hub, LAPTOP), await App.open(browser, hub, LAPTOP)];
  await lan.join(hub.invite("Ma Thị Lan", AGGREGATOR), "Ma Thị Lan");
  await quan.join(hub.invite("Ma Thị Quân", ADMINISTRATOR), "Ma Thị Quân");
  const record = await lan.record({ title: "Rút vì ghi nhầm" });
  await lan.page.getByText("Việc khác").click();
  await lan.button("Rút bản ghi").click();
  const dialog = lan.page.getByRole("dialog");
  await dialog.getByRole("textbox").fill(XSS);
  await dialog.getByRole("button", { name: "Rút bản ghi" }).click();
  await expect(lan.page.getByText(`Đã rút: ${XSS}`)).toBeVisible();
  await lan.agreed();
  await lan.record({ comment: XSS }, "Thẩm tra, xem xét");
  await expect(lan.page.locator("dd", { hasText: XSS })).toBeVisible();
  expect(await lan.page.locator(MARKUP).count()).toBe(0);

  await quan.go(record);
  await expect(quan.page.getByText(`Đã rút: ${XSS}`)).toBeVisible();
  expect(await quan.page.locator(MARKUP).count()).toBe(0);
  const name = `<b onclick=alert(6)>Mời</b>`;
  await quan.go("#/admin/people");
  await quan.page.getByText("Mời người mới").click();
  const form = quan.page.locator("form", { has: quan.page.getByLabel("Họ và tên") });
  await form.getByLabel("Họ và tên").fill(name);
  await form.getByLabel("Đơn vị").selectOption("26572-20250701");
  await form.getByLabel("Vai trò").selectOption("volunteer");
  await quan.button("Lập lời mời").click();
  await expect(quan.page.getByText(`Lời mời cho ${name}`)).toBeVisible();
  expect(await quan.page.locator(MARKUP).count()).toBe(0);
  await quan.go("#/admin/log");
  await expect(quan.page.getByText(name).first()).toBeVisible();
  expect(await quan.page.locator(MARKUP).count()).toBe(0);
  for (const app of [lan, quan]) await app.close();
});

test("2,000 characters in one word fit every screen, and stay", async ({ hub, browser }) => {
  const dai = await App.open(browser, hub);
  const { page } = dai;
  await dai.join(hub.invite("Đinh Văn Dài"), "Đinh Văn Dài");
  const title = "Ế".repeat(2_000);
  await dai.begin();
  await dai.type({ title });
  await expect(dai.field("title").locator(".issue").first()).toBeVisible();
  expect(await overflow(dai)).toBe(0);
  // Longer than any field may be: it is not saved, says so, and stays in the draft.
  await dai.button("Lưu").click();
  await expect(page.getByText(/chưa lưu được\. Nội dung vẫn ở bản nháp/)).toBeVisible();
  await dai.go("#/");
  await expect(page.locator("a.draft")).toContainText(title);
  expect(await overflow(dai)).toBe(0);
  await page.locator("a.draft").click();
  await expect(dai.input("title")).toHaveValue(title);

  // Longer than this form wants, but no more than a field holds: it is saved, and shown whole.
  const long = title.slice(0, 400);
  await dai.type({ title: long });
  await dai.save();
  await dai.agreed();
  await expect(dai.heading()).toHaveText(long);
  const record = new URL(page.url()).hash;
  for (const hash of [record, "#/", "#/records"]) {
    await dai.go(hash);
    await expect(page.getByText(long).first()).toBeVisible();
    expect(await overflow(dai), `${hash} is wider than the screen`).toBe(0);
  }
  await dai.close();
});

const overflow = ({ page }: App): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

test("text that turns around or cannot be seen stays as it was typed and turns nothing else", async ({ hub, browser }) => {
  const title = "Ra\u200bquân\u200d \u202eđảo ngược";
  const name = "Ngô \u202eVăn Ngược";
  const nguoc = await App.open(browser, hub);
  const { page } = nguoc;
  await nguoc.join(hub.invite(name), name);
  await nguoc.record({ title, place: "مرحبا \u2067بالعالم" });
  await nguoc.agreed();
  const record = new URL(page.url()).hash;
  await nguoc.go("#/records");
  const card = page.locator("a.record", { hasText: "đảo ngược" }).first();
  expect(await card.locator("bdi.title").textContent()).toBe(title);
  expect(await readsForward(card, "Hoạt động thi đua")).toBe(true);
  expect(await readsForward(card, "Đã nhận")).toBe(true);
  // Who and when stand in one line: the time reads on from left to right.
  const minutes = new RegExp(/\d\d:\d\d/);
  const line = card.locator("span.clamp");
  expect(await readsForward(line, minutes.exec((await line.textContent()) ?? "")?.[0] ?? "")).toBe(true);
  await nguoc.go(record);
  await expect(page.locator("dd", { hasText: "Ra" }).first()).toBeVisible();
  await page.locator("summary").first().click();
  expect(await readsForward(page.locator("ol li").first(), "lập bản ghi")).toBe(true);
  expect(await readsForward(page.locator("dl.about"), "Sửa lần cuối")).toBe(true);
  await page.getByRole("link", { name: "Sửa bản ghi" }).click();
  await expect(nguoc.input("title")).toHaveValue(title);
  await expect(nguoc.input("place")).toHaveValue("مرحبا \u2067بالعالم");
  await nguoc.close();
});
