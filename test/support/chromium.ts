// The browser of the tests: Debian's Chromium, driven by playwright-core.
import { existsSync } from "node:fs";
import type { LaunchOptions } from "playwright-core";

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Launch options that work as root and look for nothing on the network. */
export const CHROMIUM: LaunchOptions = {
  executablePath: EXECUTABLE,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
};

/** Whether there is a browser; says so when there is none. */
export function hasChromium(): boolean {
  if (existsSync(EXECUTABLE)) return true;
  console.warn(`skipped: there is no Chromium at ${EXECUTABLE} (Debian: chromium; or set CHROMIUM)`);
  return false;
}
