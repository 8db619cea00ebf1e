/** Every screen: whose it is, where it is, what is done there before the picture, and what it shows. */
import type { Page } from "@playwright/test";

/** Whose browser: see `pictures.spec.ts`. */
export type Whose = "minh" | "lan" | "quan" | "moi" | "kim" | "nobody" | "roi" | "mat";

export interface Screen {
  name: string;
  of: Whose;
  hash: string;
  act?: (page: Page) => Promise<void>;
  /** The network is off. */
  offline?: boolean;
  /** Shown in `docs/screens.md`, with this said of it, at this width. */
  sample?: { width: 360 | 1280; tells: string };
}

/** Ids that are known once there are records. */
export interface Known {
  conflict: string;
  gone: string;
  withdrawn: string;
  plain: string;
  draft: string;
  report: string;
  person: string;
}

const field = (tells: string): Screen["sample"] => ({ width: 360, tells });
const desk = (tells: string): Screen["sample"] => ({ width: 1280, tells });

const openAll = async (page: Page): Promise<void> => {
  for (const summary of await page.locator("main summary").all()) await summary.click();
};
const fillWrong = async (page: Page): Promise<void> => {
  await page.locator("[data-path=title] input").fill("Ra quân");
  await page.locator("[data-path=cost] input").fill("12 triệu");
  await page.locator("[data-path=participants] button").last().click();
  await page.locator("[data-path=held_on] input[inputmode]").fill("31/02/2023");
  await page.locator("[data-path=held_on] input[inputmode]").blur();
  await page.locator(".bar .link").click();
};
const readInvitation = (link: string) => async (page: Page): Promise<void> => {
  await page.locator("main textarea").fill(link);
  await page.locator("main .button.primary").first().click();
  await page.locator("main form, main [role=alert]").first().waitFor();
};
const invite = async (page: Page): Promise<void> => {
  await page.locator("main summary").first().click();
  const form = page.locator("main form").first();
  await form.locator("input").first().fill("Nguyễn Văn An");
  await form.locator("select").first().selectOption("26545-20250701");
  await form.locator("select").last().selectOption("volunteer");
  await form.locator("button.primary").click();
  await page.locator("textarea[readonly]").waitFor();
};
const askToRevoke = async (page: Page): Promise<void> => {
  await page.locator("main li .button.danger").first().click();
  await page.getByRole("dialog").locator("label").last().click();
};
const look = (theme: string) => async (page: Page): Promise<void> => {
  await page.evaluate((chosen) => {
    const { language } = JSON.parse(localStorage.getItem("dongbo.settings") ?? "{}") as { language?: string };
    const size = chosen === "contrast" ? "larger" : "normal";
    localStorage.setItem("dongbo.settings", JSON.stringify({ language, theme: chosen, size }));
  }, theme);
  await page.reload();
  await page.getByRole("heading", { level: 1 }).waitFor();
};

export function screens(known: Known, invitation: string): Screen[] {
  const record = (id: string): string => `#/record/${id}`;
  return [
    { name: "join", of: "nobody", hash: "#/join", sample: field("Joining: the link of an invitation, or its QR code.") },
    { name: "join-read", of: "nobody", hash: "#/join", act: readInvitation(invitation), sample: field("What the invitation says of itself, and a name and PIN for this browser.") },
    { name: "join-wrong", of: "nobody", hash: "#/join", act: readInvitation("https://example.org") },
    { name: "people-nobody", of: "nobody", hash: "#/people" },
    { name: "people", of: "kim", hash: "#/people", sample: field("A shared phone: who is it now?") },
    { name: "pin", of: "kim", hash: "#/people", act: (page) => page.locator(".who").first().click() },
    { name: "forgot", of: "kim", hash: `#/forgot/${known.person}`, sample: field("A forgotten PIN: a link goes to an administrator, and theirs comes back.") },
    { name: "revoked", of: "roi", hash: "#/", sample: field("A revoked device: the unsent work goes to the administrator, sealed, before anything is deleted.") },
    { name: "revoked-ask", of: "roi", hash: "#/", act: (page) => page.locator(".button.danger").click() },
    { name: "wiped", of: "mat", hash: "#/people" },
    { name: "home-empty", of: "moi", hash: "#/" },
    { name: "records-empty", of: "moi", hash: "#/records" },
    { name: "attention-empty", of: "moi", hash: "#/attention" },
    { name: "home", of: "minh", hash: "#/", sample: field("Home: a new record in two taps, what is unsent, what needs a look, drafts, what is due.") },
    { name: "home-offline", of: "minh", hash: "#/", offline: true },
    { name: "sync", of: "minh", hash: "#/", act: (page) => page.locator(".figures").click(), sample: field("How the data stands, in figures that the core keeps.") },
    { name: "new", of: "minh", hash: "#/new", sample: field("Which form: the last used come first.") },
    { name: "fill", of: "minh", hash: "#/fill/22222222-2222-4222-8222-222222222222?form=activity", sample: field("A form, drawn from the campaign, with today and the unit filled in.") },
    { name: "fill-wrong", of: "minh", hash: "#/fill/33333333-3333-4333-8333-333333333333?form=activity", act: fillWrong, sample: field("What is not right is said beside it; saving is possible all the same.") },
    { name: "fill-counter", of: "minh", hash: "#/fill/44444444-4444-4444-8444-444444444444?form=outreach", act: (page) => page.locator("[data-path=reached]").scrollIntoViewIfNeeded() },
    { name: "draft", of: "minh", hash: `#/fill/${known.draft}`, act: (page) => page.locator(".bar .kept").waitFor() },
    { name: "edit", of: "minh", hash: `#/fill/55555555-5555-4555-8555-555555555555?record=${known.plain}` },
    { name: "draft-unknown", of: "minh", hash: "#/fill/66666666-6666-4666-8666-666666666666" },
    { name: "records", of: "minh", hash: "#/records", sample: field("Every record on the device, found with or without Vietnamese marks.") },
    { name: "records-none", of: "minh", hash: "#/records", act: (page) => page.getByRole("searchbox").fill("không có gì như thế") },
    { name: "record", of: "minh", hash: record(known.plain), act: openAll, sample: field("A record, its state and its history in words.") },
    { name: "conflict", of: "minh", hash: record(known.conflict), sample: field("Two people wrote different things while apart: both are kept, one tap chooses.") },
    { name: "form-gone", of: "minh", hash: record(known.gone) },
    { name: "withdrawn", of: "minh", hash: record(known.withdrawn) },
    { name: "record-unknown", of: "minh", hash: record("00000000-0000-4000-8000-000000000000") },
    {
      name: "withdraw",
      of: "minh",
      hash: record(known.plain),
      act: async (page) => {
        await page.locator("main summary").last().click();
        await page.getByRole("button", { name: /^(Rút bản ghi|Withdraw record)$/ }).click();
      },
    },
    { name: "attention", of: "minh", hash: "#/attention", sample: field("What the hub refused is kept, with its reason, and can be written again.") },
    { name: "deadlines", of: "minh", hash: "#/deadlines" },
    { name: "settings", of: "minh", hash: "#/settings", sample: field("Settings: language, size, colours, PIN, files carried by hand, storage.") },
    { name: "settings-dark", of: "minh", hash: "#/settings", act: look("dark") },
    { name: "home-contrast", of: "minh", hash: "#/", act: look("contrast"), sample: field("High contrast and the largest text, for sunlight.") },
    { name: "desk-offline", of: "minh", hash: "#/desk/overview", offline: true },
    { name: "desk-overview", of: "lan", hash: "#/desk/overview", sample: desk("The district's desk: its communes by freshness and completeness.") },
    { name: "desk-units", of: "lan", hash: "#/desk/overview?as=table" },
    { name: "desk-targets", of: "lan", hash: "#/desk/targets?year=2023", sample: desk("Targets with their thresholds.") },
    { name: "desk-deadlines", of: "lan", hash: "#/desk/deadlines", sample: desk("Who owes what, until when.") },
    { name: "desk-rounds", of: "lan", hash: "#/desk/rounds", sample: desk("Award rounds: the 70/30 split, quotas, each dossier's steps.") },
    { name: "desk-reviews", of: "lan", hash: "#/desk/reviews", sample: desk("What waits for a review, and what was changed since its review.") },
    { name: "desk-figures", of: "lan", hash: "#/desk/figures?measure=activities&by=themes", sample: desk("Figures by month and theme, as a chart and as a table.") },
    { name: "desk-quality", of: "lan", hash: "#/desk/quality", sample: desk("Suspected duplicates and open conflicts.") },
    { name: "desk-reports", of: "lan", hash: "#/desk/reports" },
    { name: "desk-report", of: "lan", hash: `#/desk/reports/${known.report}`, sample: desk("A period report: frozen figures beside those of now.") },
    { name: "desk-records", of: "lan", hash: "#/desk/records", sample: desk("The rows behind a figure.") },
    { name: "admin-people", of: "quan", hash: "#/admin/people", sample: desk("Administration: who is where, and as what.") },
    { name: "admin-invited", of: "quan", hash: "#/admin/people", act: invite, sample: desk("An invitation: shown once, as a link and as a QR code.") },
    { name: "admin-devices", of: "quan", hash: "#/admin/devices" },
    { name: "admin-revoke", of: "quan", hash: "#/admin/devices", act: askToRevoke, sample: desk("A lost device, in words of consequence before anything is done.") },
    { name: "admin-approvals", of: "quan", hash: "#/admin/approvals", sample: desk("What a lost phone had signed waits for a decision, shown as it would read.") },
    { name: "admin-erasure", of: "quan", hash: `#/admin/erasure?record=${known.withdrawn}` },
    { name: "admin-log", of: "quan", hash: "#/admin/log", sample: desk("The log of what administrators did.") },
    { name: "admin-units", of: "quan", hash: "#/admin/units" },
    { name: "admin-not-mine", of: "lan", hash: "#/admin/erasure" },
    { name: "desk-dark", of: "lan", hash: "#/desk/figures?measure=activities&by=themes", act: look("dark") },
  ];
}
