import { describe, expect, test } from "vitest";
import { day, parseDay, withSlashes } from "./day";
import { ago, clock, daysUntil, moment, momentAt, shortMoment } from "./moment";
import { bytes, decimal, integer, parseDecimal, parseInteger } from "./number";
import { parsePlace, placeText } from "./place";

const ZONE = "Asia/Ho_Chi_Minh";

describe("days", () => {
  test.each([
    ["2025-07-01", "01/07/2025"],
    ["not a day", "not a day"],
  ])("%s is shown as %s", (iso, shown) => expect(day(iso)).toBe(shown));

  test.each([
    ["1/7/2025", "2025-07-01"],
    ["01-07-2025", "2025-07-01"],
    ["01072025", "2025-07-01"],
    ["29/2/2024", "2024-02-29"],
    ["29/2/2025", null],
    ["32/1/2025", null],
    ["1/7/25", null],
    ["", null],
  ])("%s is read as %s", (typed, iso) => expect(parseDay(typed)).toBe(iso));

  test.each([
    ["01", "01"],
    ["010", "01/0"],
    ["01072025", "01/07/2025"],
    ["1/7/2025", "1/7/2025"],
    ["01/07/2025", "01/07/2025"],
  ])("typing %s shows %s", (typed, shown) => expect(withSlashes(typed)).toBe(shown));
});

describe("moments in the campaign's zone", () => {
  const at = Date.UTC(2025, 5, 30, 18, 5);
  test("clock and day", () => {
    expect(clock(at, ZONE)).toBe("01:05");
    expect(moment(at, ZONE)).toBe("01:05 01/07/2025");
  });
  test("the day is left out today", () => {
    expect(shortMoment(at, at + 60_000, ZONE)).toBe("01:05");
    expect(shortMoment(at, at + 86_400_000, ZONE)).toBe("01:05 01/07/2025");
  });
  test("what a person enters becomes that moment", () => {
    expect(momentAt("2025-07-01", "01:05", ZONE)).toBe(at);
    expect(momentAt("2025-07-01", "1:05", ZONE)).toBe(at);
    for (const time of ["1h05", "1 giờ 05", "01.05", "1H05"]) expect(momentAt("2025-07-01", time, ZONE)).toBe(at);
    expect(momentAt("2025-07-01", "14h", ZONE)).toBe(momentAt("2025-07-01", "14:00", ZONE));
    for (const time of ["25:05", "14:0", "14:", "", "trưa"]) expect(momentAt("2025-07-01", time, ZONE)).toBeNull();
    // Clocks that change, too.
    expect(clock(momentAt("2025-03-30", "03:30", "Europe/Berlin") ?? 0, "Europe/Berlin")).toBe("03:30");
  });
  test("ago", () => {
    expect(ago(at, at + 20_000, "vi", "vừa xong")).toBe("vừa xong");
    expect(ago(at, at + 5 * 60_000, "vi", "vừa xong")).toBe("5 phút trước");
    expect(ago(at, at + 3 * 3_600_000, "en", "just now")).toBe("3 hours ago");
  });
  test("days until", () => {
    expect(daysUntil("2025-07-02", at, ZONE)).toBe(1);
    expect(daysUntil("2025-06-30", at, ZONE)).toBe(-1);
  });
});

describe("numbers", () => {
  test("are written as in Việt Nam", () => {
    expect(integer(1234567)).toBe("1.234.567");
    expect(decimal("1234.50")).toBe("1.234,50");
    expect(decimal("-0.5")).toBe("-0,5");
    expect(bytes(950)).toBe("950 B");
    expect(bytes(1_500_000)).toBe("1,5 MB");
  });
  test.each([
    ["1.234,5", "1234.5"],
    ["12,5", "12.5"],
    ["12.5", "12.5"],
    ["1.234", "1234"],
    ["007", "7"],
    ["0,5", "0.5"],
    ["-3", "-3"],
    ["", null],
    ["12a", null],
    ["1,2,3", null],
  ])("%s is read as %s", (typed, kept) => expect(parseDecimal(typed)).toBe(kept));
  test("whole numbers", () => {
    expect(parseInteger("1.234")).toBe(1234);
    expect(parseInteger("12,5")).toBeNull();
    expect(parseInteger("99999999999999999999")).toBeNull();
  });
});

test("a place goes there and back", () => {
  const text = "10.4113 107.1362 3 12.5";
  expect(placeText(parsePlace(text)!)).toBe(text);
  expect(parsePlace("91 0 0 0")).toBeNull();
  expect(parsePlace("here")).toBeNull();
});
