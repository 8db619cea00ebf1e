/**
 * A stand-in for the core with made-up records, to look at screens without a hub: `DONGBO_CORE=fake npm run dev`. It is in no
 * release. It keeps nothing, and its rules are only as good as a screenshot needs.
 */
import campaignText from "../../campaigns/kh244/campaign.json?raw";
import successorsText from "../../campaigns/kh244/successors.csv?raw";
import unitsText from "../../campaigns/kh244/units.csv?raw";
import type { CampaignJson, Field } from "../src/campaign/types";
import type {
  Answer,
  Answers,
  Arguments,
  Attention,
  CallName,
  Deadline,
  Draft,
  FieldState,
  Issue,
  ListedRow,
  Me,
  Person,
  Problem,
  RecordStatus,
  Result,
} from "../src/core/types";

const campaign = JSON.parse(campaignText) as CampaignJson;
const options = new URLSearchParams(location.search);
const many = options.has("many");

const MINUTE = 60_000;
const DAY = 86_400_000;
const now = Date.now();
const UNIT = "26506-20250701";

const successors = successorsText
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(","));
const units = unitsText
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [id = "", code = "", name = "", , level = "", parent = "", from = "", to = ""] = line.split(",");
    const ms = (day: string): number | null => (day ? Date.parse(`${day}T00:00:00+07:00`) : null);
    const followed = successors.filter(([old]) => old === id).map(([, next]) => next ?? "");
    return { id, code, name, level, parent: parent || null, valid_from_ms: ms(from), valid_to_ms: ms(to), successors: followed };
  });

const people: Person[] = options.has("nobody")
  ? []
  : [
      { id: "p1", name: "Trần Văn Minh", campaign: "kh244", origin: location.origin, needs_pin: !options.has("open"), wait_ms: 0, state: "ready" },
      ...(options.has("open")
        ? []
        : ([
            { id: "p2", name: "Nguyễn Thị Ngọc Lan", campaign: "kh244", origin: location.origin, needs_pin: true, wait_ms: 45_000, state: "ready" },
            { id: "p3", name: "Lê Hoàng Nam", campaign: "kh244", origin: location.origin, needs_pin: false, wait_ms: 0, state: "wiped" },
          ] as Person[])),
    ];

const names: Record<string, string> = { d1: "Trần Văn Minh", d2: "Nguyễn Thị Ngọc Lan" };

const me: Me = {
  person: "p1",
  name: "Trần Văn Minh",
  campaign: "kh244",
  device: "12de13385e92546f9c5639192de4f0e8",
  joined: !options.has("pending"),
  member: { id: "m1", name: "Trần Văn Minh", units: [UNIT], roles: ["commune_officer"] },
  revoked: options.has("revoked") ? { reason: "left", at_ms: now - DAY } : null,
};

const LONG = "Ra quân tuyên truyền chuyển đổi số ".repeat(60).trim();
const WORD = "Ấ".repeat(2_000);
const ODD = "مرحبا بالعالم \u200b\u200d\u202e số";

const titles = [
  "Ra quân Tổ công nghệ số cộng đồng khu phố Hải Điền",
  "Hội nghị phát động thi đua chuyển đổi số",
  "Hướng dẫn người dân nộp hồ sơ trực tuyến",
  "Tập huấn kỹ năng số cho cán bộ, hội viên",
  "Ngày hội thanh toán không dùng tiền mặt",
  LONG,
  WORD,
  ODD,
];

const statuses: RecordStatus[] = ["received", "on_this_device", "received", "needs_attention", "being_checked_again", "at_the_district"];

function row(index: number): ListedRow {
  const at = now - index * 7 * 3_600_000;
  const day = new Date(at).toISOString().slice(0, 10);
  const issues: Issue[] =
    index % 5 === 2 ? [{ code: "required", field: "content", message_vi: "Cần trả lời.", message_en: "An answer is needed." }] : [];
  return {
    record: `r${index}`,
    unit: UNIT,
    form: index % 4 === 2 ? "outreach" : "activity",
    created_ms: at,
    creator: "d1",
    edited_by: index % 2 ? "d2" : "d1",
    edited_ms: at + 20 * MINUTE,
    heads: [`h${index}`],
    changes: 2,
    answers: {
      title: titles[index % titles.length] ?? "",
      topic: "digital_payment",
      organiser: "UBND phường Phước Hải",
      kind: "propaganda",
      held_on: day,
      themes: ["ND.1", "ND.3"],
      place: "Khu phố Hải Điền",
      location: "10.41134 107.21542 3 12",
      participants: [{ id: "i1", group: "residents", count: 120 }, { id: "i2", group: "officials", count: 14 }],
      content: "Phát tờ rơi, hướng dẫn cài đặt ứng dụng và nộp hồ sơ trực tuyến tại nhà văn hóa khu phố.",
      reached: 1250,
      cost: "12.5",
      no_secret: true,
    },
    issues,
    ...(index === 0
      ? {
          conflicts: [
            {
              path: "title",
              candidates: [
                { value: titles[0] ?? "", device: "d2", time_ms: at + 5 * MINUTE, change: "c1" },
                { value: "Ra quân Tổ công nghệ số khu phố Hải Điền và Lộc An", device: "d1", time_ms: at, change: "c2" },
              ],
            },
          ],
        }
      : {}),
    ...(index === 4 ? { withdrawn: "Ghi nhầm ngày" } : {}),
    status: statuses[index % statuses.length] ?? "received",
  };
}

let rows: ListedRow[] = Array.from({ length: many ? 10_000 : 24 }, (_, index) => row(index));
const drafts = new Map<string, Draft>();
const draft: Draft = {
  id: "11111111-1111-4111-8111-111111111111",
  form: "activity",
  unit: UNIT,
  heads: [],
  answers: { title: "Hội thi tìm hiểu chuyển đổi số", kind: "contest", themes: ["ND.1"] },
  touched_ms: now - 12 * MINUTE,
};
drafts.set(draft.id, draft);

const attention: Attention[] = [
  {
    record: "r3",
    change: "c9",
    code: "forbidden",
    text: {
      vi: "Vai trò của bạn không cho phép việc này. Nội dung đã nhập vẫn giữ trên máy; hãy hỏi quản trị viên của đơn vị.",
      en: "Your role does not allow this. What you typed is kept on this device; ask your unit's administrator.",
    },
    sent_again: false,
    refused_ms: now - 40 * MINUTE,
  },
  {
    record: "r9",
    change: "c10",
    code: "needs_approval",
    text: {
      vi: "Bản ghi đang chờ quản trị viên duyệt. Nội dung vẫn giữ trên máy; bạn không cần làm gì thêm.",
      en: "This waits for an administrator's approval. It is kept on this device; you need do nothing.",
    },
    sent_again: true,
    refused_ms: now - 90 * MINUTE,
  },
];

const deadlines: Deadline[] = [
  ["HAN.Q1", "Gửi kế hoạch phát động phong trào thi đua trong Quý I", "Send the launch plan in the first quarter", -12, "overdue"],
  ["HAN.2012", "Báo cáo năm tình hình tổ chức thực hiện phong trào thi đua (trước ngày 20/12)", "Yearly report on the movement (before 20 December)", 9, "due"],
  ["HAN.3112", "Tổng hợp, báo cáo năm gửi Ủy ban nhân dân tỉnh (trước ngày 31/12)", "Yearly synthesis for the Provincial People's Committee", 40, "done"],
].map(([code, label_vi, label_en, days, state]) => ({
  code: String(code),
  label_vi,
  label_en,
  due: new Date(now + Number(days) * DAY).toISOString().slice(0, 10),
  too_late_from_ms: now + Number(days) * DAY,
  owed_to: ["stttt"],
  obligations: [{ unit: UNIT, state: state as "due", incomplete: false }],
}));

type Event = { kind: "changed" } | { kind: "sync" } | { kind: "locked" } | { kind: "owner" };
const listeners = new Set<(event: Event) => void>();
const tell = (event: Event): void => listeners.forEach((listener) => listener(event));

export function subscribe(listener: (event: Event) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function live(_onHint: () => void): () => void {
  return () => undefined;
}

const problem = (code: string, vi: string, en: string, more: Partial<Problem> = {}): Problem => ({
  code,
  text: { vi, en },
  kept: "everything",
  ...more,
});

function isRelevant(rule: string | undefined, answers: Answers): boolean {
  if (!rule) return true;
  const equals = /^(\w+) == '([^']+)'$/.exec(rule);
  if (equals) return answers[equals[1] ?? ""] === equals[2];
  const within = /^'([^']+)' in (\w+)$/.exec(rule);
  if (within) return ((answers[within[2] ?? ""] as string[] | undefined) ?? []).includes(within[1] ?? "");
  return false;
}

function check(formId: string, answers: Answers): Result<"check"> {
  const form = campaign.forms.find((one) => one.id === formId);
  const fields: FieldState[] = [];
  const show = (field: Field & { relevant?: string }, path: string, answer: Answer | undefined): void => {
    const relevant = isRelevant(field.relevant, answers);
    const required = relevant && field.required === true;
    const isEmpty = answer === undefined || answer === "" || (Array.isArray(answer) && answer.length === 0);
    const issues: Issue[] =
      required && isEmpty ? [{ code: "required", field: path, message_vi: "Cần trả lời.", message_en: "An answer is needed." }] : [];
    fields.push({ path, relevant, required, issues });
    if (field.kind !== "group" || !relevant || !Array.isArray(answer)) return;
    for (const item of answer as Record<string, Answer>[]) {
      for (const inner of field.fields ?? []) show(inner, `${path}/${String(item.id)}/${inner.id}`, item[inner.id]);
    }
  };
  for (const field of form?.fields ?? []) show(field, field.id, answers[field.id]);
  return { fields, issues: [] };
}

const summary = (): Result<"summary"> => ({
  records: rows.length,
  outbox: rows.filter((one) => one.status === "on_this_device").length,
  waiting: 1,
  held: 1,
  quarantined: 0,
  drafts: drafts.size,
  epoch: 1,
  rechecking: false,
  full: options.has("full"),
  last_sync_ms: now - 12 * MINUTE,
});

const plain = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();

const find = (record: string): ListedRow => {
  const found = rows.find((one) => one.record === record);
  if (!found) throw problem("unknown_record", "Không thấy bản ghi này trên máy. Hãy đồng bộ rồi tìm lại.", "This record is not on this device. Synchronise and look again.");
  return found;
};

let isOpen = false;

type Handlers = { [K in CallName]?: (args: Arguments<K>) => Result<K> };

const handlers: Handlers = {
  people: () => people,
  unlock: ({ person, pin }) => {
    if (people.find((one) => one.id === person)?.needs_pin && pin !== "2580") {
      throw problem("wrong_pin", "Mã PIN chưa đúng. Dữ liệu vẫn an toàn; hãy thử lại.", "The PIN is not right. Your data is safe; try again.", { wait_ms: 30_000 });
    }
    isOpen = true;
    return me;
  },
  lock: () => ((isOpen = false), tell({ kind: "locked" }), null),
  change_pin: () => null,
  reset_request: () => `dongbo://reset?request=${"hQKiaGF".repeat(20)}`,
  finish_reset: () => null,
  remove: () => null,
  read_invitation: ({ invitation }) => {
    if (!invitation.startsWith("dongbo://join?")) throw problem("invalid_invitation", "Đây không phải là lời mời hợp lệ. Hãy xin quản trị viên lời mời mới.", "This is not a valid invitation. Ask the administrator for a new one.");
    return { campaign: "kh244", origin: location.origin };
  },
  enrol: () => ((isOpen = true), { ...me, joined: false }),
  join: () => {
    throw problem("offline", "Đang không có mạng. Mọi thứ vẫn giữ trên máy và sẽ được gửi khi có mạng.", "There is no connection. Everything is kept on this device and goes out when there is one.");
  },
  me: () => {
    if (!isOpen) throw problem("closed", "Dữ liệu đã được đóng lại.", "The data was closed.");
    return me;
  },
  campaign: () => campaign,
  units: () => ({ units }),
  creatable: () =>
    ["activity", "outreach", "training", "initiative", "model", "registration", "review"].map((form) => ({ form, units: [UNIT, "26509-20250701"] })),
  check: ({ form, answers }) => check(form, answers),
  prefill: () => ({ organiser: "UBND phường Phước Hải", place: "Khu phố Hải Điền" }),
  create: ({ form, unit, answers, draft: used }) => {
    if (used) drafts.delete(used);
    const made: ListedRow = { ...row(0), record: `r${rows.length}`, form, unit, answers, status: "on_this_device", edited_ms: Date.now() };
    delete made.conflicts;
    rows = [made, ...rows];
    tell({ kind: "changed" });
    return { record: made.record, change: "c1" };
  },
  edit: ({ record, answers, draft: used }) => {
    if (used) drafts.delete(used);
    const found = find(record);
    Object.assign(found, { answers: { ...found.answers, ...answers }, status: "on_this_device", edited_ms: Date.now() });
    tell({ kind: "changed" });
    return { record, change: "c2" };
  },
  resolve: ({ record, path, choice }) => {
    const found = find(record);
    const chosen = found.conflicts?.find((one) => one.path === path)?.candidates[choice];
    if (chosen) found.answers = { ...found.answers, [path]: chosen.value ?? "" };
    found.conflicts = found.conflicts?.filter((one) => one.path !== path) ?? [];
    tell({ kind: "changed" });
    return { record, change: "c3" };
  },
  withdraw: ({ record, reason }) => {
    const found = find(record);
    if (reason === null) delete found.withdrawn;
    else found.withdrawn = reason;
    tell({ kind: "changed" });
    return { record, change: "c4" };
  },
  move_to: ({ record }) => ({ record, change: "c5" }),
  same_as: ({ record }) => ({ record, change: "c6" }),
  query: ({ form, search, only, offset = 0, limit = 50 }) => {
    const words = plain(search ?? "").split(/\s+/).filter(Boolean);
    const found = rows.filter((one) => {
      if (form && one.form !== form) return false;
      if (only === "unsent" && one.status !== "on_this_device") return false;
      if (only === "needs_attention" && one.status !== "needs_attention") return false;
      if (only === "conflicts" && !one.conflicts?.length) return false;
      if (only === "issues" && !one.issues?.length) return false;
      const haystack = words.length ? plain(Object.values(one.answers).filter((it) => typeof it === "string").join(" ")) : "";
      return words.every((word) => haystack.includes(word));
    });
    return { records: found.slice(offset, offset + limit), total: found.length, people: names };
  },
  record: ({ record }) => ({ ...find(record), people: names, standing: { kind: "counted" }, may_edit: true }),
  record_at: ({ record }) => find(record),
  held_record: ({ record }) => find(record),
  give_up: ({ changes }) => {
    const left = attention.filter((one) => !changes.includes(one.change));
    attention.splice(0, attention.length, ...left);
    tell({ kind: "changed" });
    return null;
  },
  wanted_units: () => null,
  want_units: () => null,
  history: ({ record }) => ({
    entries: [
      { change: "c1", builds_on: [], device: "d1", time_ms: find(record).created_ms, fields: ["title", "kind"] },
      { change: "c2", builds_on: ["c1"], device: "d2", time_ms: find(record).edited_ms, fields: ["result", "participants/i1/count"] },
    ],
    people: names,
  }),
  drafts: () => [...drafts.values()],
  keep_draft: ({ draft: kept }) => (drafts.set(kept.id, kept), null),
  drop_draft: ({ draft: dropped }) => (drafts.delete(dropped), tell({ kind: "changed" }), null),
  attention: () => attention,
  notices: () => [{ kind: "pin_reset", device: me.device, here: true, at_ms: now - 2 * DAY }],
  seen: () => null,
  summary,
  deadlines: () => deadlines,
  sync: () => {
    if (options.has("offline")) throw problem("offline", "Đang không có mạng. Mọi thứ vẫn giữ trên máy và sẽ được gửi khi có mạng.", "There is no connection. Everything is kept on this device and goes out when there is one.");
    return { requests: 1, admitted: 0, held: 0, undecided: 0, received: 3, quarantined: 0, dropped: 0, statements: 0, more: false, sent_bytes: 1_830, received_bytes: 14_200 };
  },
  token: () => "token",
  export_bundle: () => new Uint8Array([1, 2, 3]),
  export_for_administrator: () => new Uint8Array([1, 2, 3]),
  import_bundle: () => ({ statements: 0, imported: 3, already_here: 1, out_of_scope: 0, refused: [] }),
  wipe: () => null,
};

export async function call<K extends CallName>(name: K, args: Arguments<K>): Promise<Result<K>> {
  await new Promise((done) => setTimeout(done, name === "sync" ? 900 : 15));
  const handler = handlers[name] as ((args: Arguments<K>) => Result<K>) | undefined;
  if (!handler) throw problem("failed", `Chưa có ${name}.`, `There is no ${name}.`);
  // As on the way to a worker: what cannot be copied fails here too.
  return structuredClone(handler(structuredClone(args)));
}
