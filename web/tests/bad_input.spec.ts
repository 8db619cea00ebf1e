/** What goes wrong where people work: clocks, hubs, forms and browsers that are not as they should be, and words that are not words. */
import { AGGREGATOR, Hub, withoutForm } from "./hub.ts";
import { App, LAPTOP, PHONE, expect, readsForward, test } from "./app.ts";

/** Makes every clock of the page and its worker wrong by so many years. */
const clockOff = (years: number): string => `{
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...given) {
      if (given.length) super(...given);
      else super(globalThis.Date.now());
    }
    static now() {
      return Right.now() + ${years} * 365.25 * 86400000;
    }
  };
}`;

for (const [told, years] of [["behind", -20], ["ahead", 12]] as const) {
  test(`a clock years ${told} loses nothing and is not believed`, async ({ hub, browser }) => {
    const gio = await App.open(browser, hub, PHONE, clockOff(years));
    const { page } = gio;
    await gio.join(hub.invite(`Bùi Văn Giờ ${told}`), `Bùi Văn Giờ ${told}`, "2580");
    await gio.record({ title: `Máy sai giờ ${told}` });
    await gio.agreed();
    await expect(page.getByText("Trung tâm đã nhận đủ.")).toBeVisible();
    // The hub was just heard from, whatever this clock makes of it.
    const bar = page.getByRole("button", { name: /Chi tiết đồng bộ/ });
    await expect(bar).not.toContainText(/năm|tháng|ngày/);
    await bar.click();
    await expect(page.getByText("theo giờ của trung tâm")).toContainText(String(new Date().getFullYear()));
    // Behind the PIN, too: a wrong one makes wait by seconds, not by years.
    await gio.lock();
    await page.getByRole("button", { name: /Bùi Văn Giờ/ }).click();
    await page.getByLabel(/^Mã PIN của/).fill("2580");
    await gio.button("Mở").click();
    await expect(page.getByText(`Máy sai giờ ${told}`)).toBeVisible();
    await gio.close();
  });
}

test("another hub of the same name at the same address is refused, and everything stays", async ({ hub, browser }) => {
  const an = await App.open(browser, hub);
  const { page } = an;
  await an.join(hub.invite("Mai Thị An"), "Mai Thị An");
  await an.record({ title: "Của trung tâm cũ" });
  await an.agreed();
  await an.offline(true);
  const record = await an.record({ title: "Viết trước khi trung tâm bị thay" });
  const putBack = await hub.replace();
  await an.offline(false);
  await an.sync();
  await page.getByRole("button", { name: /Chi tiết đồng bộ/ }).click();
  await expect(page.getByText(/Lần đồng bộ vừa rồi chưa xong\. ./)).toBeVisible();
  await expect(page.getByText("Đã nhận hết")).toHaveCount(0);
  await page.reload();
  await an.go("#/records");
  await expect(page.getByText("Của trung tâm cũ")).toBeVisible();
  await an.go(record);
  await expect(page.getByText("Chỉ trên máy này")).toBeVisible();
  await putBack();
  await an.sync();
  await an.agreed();
  await expect(page.getByText("Trung tâm đã nhận đủ.")).toBeVisible();
  await an.close();
});

test("a form that disappears: its records and drafts stay readable, and it is said", async ({ browser }) => {
  const hub = await Hub.withApp();
  const su = await App.open(browser, hub);
  const { page } = su;
  await su.join(hub.invite("Cao Thị Sự"), "Cao Thị Sự");
  const record = await su.record({ title: "Máy chủ bị tấn công", description: "Mất mười phút." }, INCIDENT);
  await su.agreed();
  await su.begin(INCIDENT);
  await su.type({ title: "Thư lừa đảo", description: "Gửi tới cả xã." });
  await expect(page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  const draft = new URL(page.url()).hash;
  await su.offline(true);
  await su.begin(INCIDENT);
  await su.type({ title: "Viết khi biểu mẫu đã mất" });
  await su.save();
  hub.publish(withoutForm("incident"), "thử bỏ một biểu mẫu");
  await su.offline(false);
  await su.sync();
  await su.go("#/new");
  await expect(page.getByRole("link", { name: "Hoạt động thi đua" })).toBeVisible();
  await expect(page.getByRole("link", { name: INCIDENT })).toHaveCount(0);

  await su.go("#/records");
  await expect(page.locator("a.record")).toHaveCount(2);
  await su.go(record);
  await expect(page.getByText("Biểu mẫu này không còn trong phong trào.")).toBeVisible();
  await expect(page.locator("dd", { hasText: "Máy chủ bị tấn công" })).toBeVisible();
  await expect(page.locator("dd", { hasText: "Mất mười phút." })).toBeVisible();
  await expect(page.getByText("(chưa trả lời)")).toHaveCount(0);

  await su.go("#/");
  await page.locator("a.draft").click();
  await expect(page.getByText("Biểu mẫu này không còn trong phong trào.")).toBeVisible();
  await expect(page.locator("dd", { hasText: "Thư lừa đảo" })).toBeVisible();
  await expect(page.locator("dd", { hasText: "Gửi tới cả xã." })).toBeVisible();
  await su.go(draft);
  await expect(page.locator("dd", { hasText: "Thư lừa đảo" })).toBeVisible();
  await su.close();
  await hub.end();
});

/** Text that would be a script, a picture that fails, or markup, if anything took it for such. */
const XSS = `<img src=x onerror=alert(1)>"><script>alert(2)</script><a href="javascript:alert(3)">{alert(4)}`;
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
    expect(await page.locator("main img, main script, main b, main i:not([class]), [onclick], a[href^='javascript']").count()).toBe(0);
  }
  await xau.go("#/settings");
  await expect(xau.page.getByText(name).first()).toBeVisible();
  await xau.close();
  await tot.close();
});

test("2,000 characters in one word fit every screen, and stay", async ({ hub, browser }) => {
  const dai = await App.open(browser, hub);
  const { page } = dai;
  await dai.join(hub.invite("Đinh Văn Dài"), "Đinh Văn Dài");
  const title = "Ế".repeat(2_000);
  await dai.begin();
  await dai.type({ title });
  await expect(dai.field("title").locator(".issue")).toBeVisible();
  expect(await overflow(dai)).toBe(0);
  await dai.save();
  await dai.agreed();
  await expect(dai.heading()).toHaveText(title);
  const record = new URL(page.url()).hash;
  for (const hash of [record, "#/", "#/records"]) {
    await dai.go(hash);
    await expect(page.getByText(title).first()).toBeVisible();
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
  const card = page.locator("a.record").first();
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

test("back in mid-form keeps the draft; two windows are one app", async ({ hub, browser }) => {
  const hai = await App.open(browser, hub);
  const { page } = hai;
  await hai.join(hub.invite("Chu Văn Hai"), "Chu Văn Hai");
  await page.getByRole("link", { name: "Ghi mới" }).click();
  await page.getByRole("link", { name: "Sáng kiến" }).click();
  await hai.type({ title: "Sổ tay số" });
  await page.goBack();
  await expect(page.getByText("Đã giữ bản nháp.")).toBeVisible();
  await page.goBack();
  await expect(page.locator("a.draft")).toContainText("Sổ tay số");

  const second = await hai.context.newPage();
  await second.goto(`${hub.origin}/#/`);
  await second.locator("a.draft").click();
  await expect(second.locator('[data-path="title"] input')).toHaveValue("Sổ tay số");
  await second.getByRole("button", { name: "Lưu", exact: true }).click();
  await expect(second.getByText("Đã lưu trên máy này.")).toBeVisible();
  await expect(page.locator("a.draft")).toHaveCount(0);
  await expect(page.locator("a.record", { hasText: "Sổ tay số" })).toBeVisible();
  // The window that held the store closes; the other goes on.
  await page.close();
  hai.page = second;
  await hai.record({ title: "Từ cửa sổ còn lại" });
  await hai.agreed();
  await hai.close();
});

test("without IndexedDB it says that nothing can be kept here, before anything is typed", async ({ hub, browser }) => {
  const app = await App.open(browser, hub, PHONE, `Object.defineProperty(globalThis, "indexedDB", { value: undefined });`);
  await expect(app.page.getByText(/Trình duyệt không cho lưu dữ liệu ở đây/)).toBeVisible();
  await app.close();
});

test("where there is no room for a draft it says so, and keeps it once there is", async ({ hub, browser }) => {
  const day = await App.open(browser, hub);
  const { page } = day;
  await day.join(hub.invite("Quách Thị Đầy"), "Quách Thị Đầy");
  const cdp = await day.context.newCDPSession(page);
  await day.begin();
  await cdp.send("Storage.overrideQuotaForOrigin", { origin: hub.origin, quotaSize: 1 });
  await day.type({ content: "Không mất. ".repeat(200_000) });
  await expect(page.getByText(/Chưa giữ được bản nháp/)).toBeVisible();
  await expect(page.getByText(/Đã giữ bản nháp lúc/)).toHaveCount(0);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin: hub.origin });
  await day.type({ title: "Có chỗ lại rồi" });
  await expect(page.getByText(/Đã giữ bản nháp lúc/)).toBeVisible();
  await expect(page.getByText(/Chưa giữ được bản nháp/)).toHaveCount(0);
  await page.reload();
  await expect(day.input("title")).toHaveValue("Có chỗ lại rồi");
  await expect(day.input("content")).toHaveValue(/^Không mất/);
  await day.close();
});

test("a store of a newer app is refused in words, with nothing destroyed", async ({ hub, browser }) => {
  const moi = await App.open(browser, hub);
  const { page } = moi;
  await moi.join(hub.invite("Tạ Văn Mới"), "Tạ Văn Mới");
  await moi.record({ title: "Do bản mới hơn ghi" });
  await moi.agreed();
  // From a page without the app, as nothing else may hold the database open.
  await page.goto(`${hub.origin}/api/`);
  const before = await page.evaluate(raiseVersion);
  await moi.go("#/");
  await expect(page.getByText(/Dữ liệu do phiên bản mới hơn tạo ra\. Không có gì thay đổi; hãy cập nhật ứng dụng\./)).toBeVisible();
  await page.goto(`${hub.origin}/api/`);
  expect(await page.evaluate(raiseVersion)).toEqual({ ...before, version: before.version + 1 });
  await moi.close();
});

/** Leaves the store one version newer, as a newer app would, and tells what is in it. */
async function raiseVersion(): Promise<{ version: number; entries: number }> {
  const name = (await indexedDB.databases()).map((one) => one.name ?? "").find((one) => one.startsWith("dongbo-store-")) ?? "";
  const open = (version?: number): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(name, version);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("not opened"));
    });
  const { version } = await open().then((database) => (database.close(), database));
  const database = await open(version + 1);
  let entries = 0;
  for (const store of database.objectStoreNames) {
    entries += await new Promise<number>((resolve) => {
      const count = database.transaction(store).objectStore(store).count();
      count.onsuccess = () => resolve(count.result);
    });
  }
  database.close();
  return { version, entries };
}

test("an old app at a newer hub keeps everything and asks to be updated", async ({ hub, browser }) => {
  const cu = await App.open(browser, hub);
  const { page } = cu;
  await cu.join(hub.invite("Kiều Thị Cũ"), "Kiều Thị Cũ");
  // As a hub of a later protocol would answer.
  await cu.context.route("**/api/v1/**/sync", (route) =>
    route.fulfill({ status: 426, contentType: "application/problem+json", body: JSON.stringify({ code: "unsupported_version", status: 426 }) }),
  );
  await cu.record({ title: "Viết bằng bản cũ" });
  await cu.sync();
  await page.getByRole("button", { name: /Chi tiết đồng bộ/ }).click();
  await expect(page.getByText(/Trung tâm dùng phiên bản khác\. Không có gì thay đổi; hãy cập nhật ứng dụng\./)).toBeVisible();
  await expect(page.getByText("Chỉ trên máy này")).toBeVisible();
  await cu.context.unroute("**/api/v1/**/sync");
  await cu.sync();
  await cu.agreed();
  await cu.close();
});

test("who loses the network before joining keeps what they typed, and joins when it is back", async ({ hub, browser }) => {
  const xa = await App.open(browser, hub);
  const { page } = xa;
  await xa.ready();
  await xa.go("#/join");
  await xa.offline(true);
  await page.getByLabel("Đường dẫn lời mời").fill("https://example.org/không-phải-lời-mời");
  await page.getByRole("button", { name: "Xem lời mời" }).click();
  await expect(page.getByText(/không phải là lời mời hợp lệ/)).toBeVisible();
  await page.getByLabel("Đường dẫn lời mời").fill(hub.invite("Hà Văn Xa"));
  await page.getByRole("button", { name: "Xem lời mời" }).click();
  await page.getByLabel("Họ và tên của bạn").fill("Hà Văn Xa");
  await page.getByRole("button", { name: "Tham gia" }).click();
  await expect(page.getByText("Tên, mã PIN và lời mời đã được giữ trên máy.")).toBeVisible();
  await page.reload();
  await expect(xa.heading()).toHaveText("Chưa tham gia xong");
  await xa.offline(false);
  await expect(xa.heading()).toHaveText("Chào Hà Văn Xa");
  await xa.close();
});

const INCIDENT = "Sự cố an toàn thông tin";
