import { defineConfig } from "@playwright/test";
import { launchOptions } from "./e2e/browser.ts";

export default defineConfig({
  testDir: "tests",
  timeout: 120_000,
  // A machine of CI may be slow: what does not come within this time does not come.
  expect: { timeout: 20_000 },
  // One hub and one browser at a time, on whatever machine.
  workers: 1,
  reporter: "list",
  use: { browserName: "chromium", launchOptions, actionTimeout: 20_000 },
});
