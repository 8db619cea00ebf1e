import { expect, test } from "vitest";
import { Campaign } from "../campaign/campaign";
import type { Speech } from "../campaign/words";
import { en } from "../text/en";
import { vi } from "../text/vi";
import { tell } from "./history";

const campaign = new Campaign(
  {
    id: "c",
    version: 1,
    name: { vi: "Phong trào", en: "Campaign" },
    time_zone: "Asia/Ho_Chi_Minh",
    forms: [
      {
        id: "activity",
        title: { vi: "Hoạt động", en: "Activity" },
        fields: [
          { id: "result", kind: "paragraph", label: { vi: "Kết quả", en: "Result" } },
          { id: "people", kind: "group", label: { vi: "Người tham gia", en: "Participants" }, fields: [] },
        ],
      },
    ],
  },
  [],
);
const vietnamese: Speech = { campaign, text: vi, local: (both) => both.vi };
const english: Speech = { campaign, text: en, local: (both) => both.en };
const form = campaign.form("activity");

const entry = (fields: string[], builds_on = ["0"]) => ({ change: "c1", builds_on, device: "d1", time_ms: 5, fields });
const what = (speech: Speech, ...args: Parameters<typeof entry>) =>
  tell([entry(...args)], { d1: "Chị Lan" }, form, speech)[0]?.what;

test("labels instead of ids, each once", () => {
  expect(what(vietnamese, ["result"])).toBe("sửa Kết quả");
  expect(what(english, ["people/i1/count", "people/i2/count", "result"])).toBe("edited Participants, Result");
});

test("a field the form does not know keeps its id", () => expect(what(vietnamese, ["old"])).toBe("sửa old"));

test("what is not an answer", () => {
  expect(what(vietnamese, ["result"], [])).toBe("lập bản ghi");
  expect(what(vietnamese, ["meta/withdrawn"])).toBe("rút hoặc lấy lại bản ghi");
  expect(what(vietnamese, ["meta/moved_to", "meta/withdrawn"])).toBe("chuyển sang đơn vị khác");
  expect(what(vietnamese, ["meta/same_as/r2"])).toBe("báo trùng hoặc bỏ báo trùng");
  expect(what(vietnamese, [])).toBe("lưu, không đổi nội dung");
});

test("the latest first, by name", () => {
  const entries = [entry(["result"], []), { ...entry(["result"]), device: "d2" }];
  const told = tell(entries, { d1: "Chị Lan" }, form, vietnamese);
  expect(told.map((one) => one.who)).toEqual(["Người chưa rõ tên", "Chị Lan"]);
});
