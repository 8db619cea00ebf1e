import { expect, test } from "vitest";
import { byName, byText, matches, plain } from "./find";

test.each([
  ["Đỗ Thị  Hường", "do thi huong"],
  ["  NGUYỄN Văn Ân ", "nguyen van an"],
  ["Ðặng", "dang"],
])("%s without marks", (text, expected) => expect(plain(text)).toBe(expected));

test.each([
  ["huong do", true],
  ["Hường", true],
  ["", true],
  ["hường lan", false],
] as [string, boolean][])("%s finds Đỗ Thị Hường: %s", (typed, found) => expect(matches(typed, "Đỗ Thị Hường")).toBe(found));

test("people by their given names, then by the rest", () => {
  const names = ["Trần Văn Minh", "Nguyễn Thị Ánh", "Lê Minh", "Đỗ Thị Anh"];
  expect(names.sort(byName)).toEqual(["Đỗ Thị Anh", "Nguyễn Thị Ánh", "Lê Minh", "Trần Văn Minh"]);
});

test("units as in a dictionary, numbers by their value", () =>
  expect(["Phường 10", "Xã Đá Bạc", "Phường 2", "Xã Dân"].sort(byText)).toEqual(["Phường 2", "Phường 10", "Xã Dân", "Xã Đá Bạc"]));
