/** A headless browser as a person's phone or laptop would be one. What breaks the page's policy is noted as it happens. */
import { chromium, type Browser, type Page } from "playwright-core";

/** How Chromium is started, here and by the tests (`playwright.config.ts`). */
export const launchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export function launch(): Promise<Browser> {
  return chromium.launch(launchOptions);
}

/** Notes everything that a page complains of. */
export function complaints(page: Page): string[] {
  const noted: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") noted.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => noted.push(`page: ${error.message}`));
  return noted;
}
