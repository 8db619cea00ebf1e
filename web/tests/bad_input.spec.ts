/** What goes wrong where people work: clocks, hubs, forms and browsers that are not as they should be. */
import { Hub, withoutForm } from "./hub.ts";
import { App, PHONE, expect, test } from "./app.ts";

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
    await gio.go("#/records");
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

test("a form that disappears: what only this device has stays readable, and it is said", async ({ browser }) => {
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
  // What the hub has, and no role reads any more, leaves the device. What only this device has stays.
  await expect(page.locator("a.record")).toHaveCount(1);
  await page.locator("a.record").click();
  await expect(page.getByText("Biểu mẫu này không còn trong phong trào.")).toBeVisible();
  await expect(page.locator("dd", { hasText: "Viết khi biểu mẫu đã mất" })).toBeVisible();
  await expect(page.getByText("(chưa trả lời)")).toHaveCount(0);
  await su.go(record);
  await expect(page.getByText("Không thấy bản ghi này trên máy.")).toBeVisible();

  // What the hub does not take now waits, in case the form comes back, and says so.
  await su.go("#/attention");
  await expect(page.getByText("Biểu mẫu này chưa có ở đây.")).toBeVisible();
  await page.getByRole("link", { name: "Xem bản ghi" }).click();
  await expect(page.getByText("Viết khi biểu mẫu đã mất").first()).toBeVisible();

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

test("back in mid-form keeps the draft; two windows are one app", async ({ hub, browser }) => {
  const hai = await App.open(browser, hub);
  const { page } = hai;
  await hai.join(hub.invite("Chu Văn Hai"), "Chu Văn Hai");
  await page.getByRole("link", { name: "Ghi mới" }).click();
  await page.getByRole("link", { name: "Sáng kiến", exact: true }).click();
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

test("a window that another one kept from the store goes on by itself once that is closed", async ({ hub, browser }) => {
  const app = await App.open(browser, hub);
  const { page } = app;
  // As a window that sleeps: it has the store and answers nobody.
  await page.goto(`${hub.origin}/api/`);
  await page.evaluate(() => void navigator.locks.request("dongbo", () => new Promise(() => undefined)));
  app.page = await app.context.newPage();
  await app.go("#/");
  await expect(app.page.getByText(/Ứng dụng đang mở ở cửa sổ khác/)).toBeVisible();
  await page.close();
  await expect(app.heading()).toHaveText("Bạn là ai?");
  await app.close();
});

test("without IndexedDB it says that nothing can be kept here, before anything is typed", async ({ hub, browser }) => {
  const app = await App.open(browser, hub, PHONE, `Object.defineProperty(globalThis, "indexedDB", { value: undefined });`);
  await expect(app.page.getByText(/Trình duyệt không cho lưu dữ liệu ở đây/)).toBeVisible();
  // Who may be here is not known: nobody is told that there is nobody.
  await expect(app.button("Thử lại")).toBeVisible();
  await expect(app.page.getByText(/Chưa có ai trên máy này/)).toHaveCount(0);
  await app.close();
});

/** As Chromium refuses a site that may keep no data: some throw when they are touched, a lock fails when it is asked for. */
const BLOCKED = `{
  const refuse = () => {
    throw new DOMException("access is denied for this document", "SecurityError");
  };
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) {
    Object.defineProperty(globalThis, name, { configurable: true, get: refuse });
  }
  if (globalThis.LockManager) LockManager.prototype.request = async () => refuse();
}`;

test("where a browser blocks all storage, the page says so instead of staying empty", async ({ hub, browser }) => {
  const app = await App.open(browser, hub, PHONE, BLOCKED);
  await expect(app.page.getByText(/Trình duyệt không cho lưu dữ liệu ở đây/)).toBeVisible();
  await expect(app.page.getByText(/đang mở ở cửa sổ khác/)).toHaveCount(0);
  await expect(app.page.getByText(/Chưa có ai trên máy này/)).toHaveCount(0);
  // It is usable all the same: the language can be chosen, for as long as the page is open.
  await app.button("English").click();
  await expect(app.page.getByText(/This browser does not let the app keep data here/)).toBeVisible();
  await app.close();
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

test("a part of the app that the hub no longer has is not called a missing network", async ({ hub, browser }) => {
  const lan = await App.open(browser, hub, { ...PHONE, serviceWorkers: "block" });
  const { page } = lan;
  await lan.join(hub.invite("Hứa Thị Lan"), "Hứa Thị Lan");
  const desk = /\/Desk-[^/]*\.js$/;
  await lan.context.route(desk, (route) => route.fulfill({ status: 404, body: "" }));
  await lan.go("#/desk/overview");
  await expect(page.getByText(/Có thể ứng dụng vừa được cập nhật/)).toBeVisible();
  await expect(page.getByText(/Đang không có mạng/)).toHaveCount(0);
  await lan.context.unroute(desk);
  await lan.button("Tải lại").click();
  await expect(page.getByRole("navigation", { name: "Tổng hợp" })).toBeVisible();
  await lan.close();
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
