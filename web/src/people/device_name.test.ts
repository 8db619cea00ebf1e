import { expect, test } from "vitest";
import { deviceName } from "./device_name";

test("a browser and a system, as people call them", () => {
  const chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Mobile Safari/537.36";
  expect(deviceName(chrome)).toBe("Chrome, Android");
  expect(deviceName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1")).toBe("Safari, iOS");
  expect(deviceName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/148.0.0.0 Safari/537.36 Edg/148.0.0.0")).toBe("Edge, Windows");
  expect(deviceName("something else")).toBe("web");
});
