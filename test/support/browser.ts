/** A real browser, without a window. Chromium comes as a package, so none needs to be installed. */
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as launcher, type Page } from 'playwright-core';

/** One process for a file of tests; close it. Chromium's single-process mode hangs at its second page, so it is not used. */
export async function openBrowser(): Promise<Browser> {
  return launcher.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--no-zygote', '--font-render-hinting=none'],
    headless: true,
  });
}

/** Whether something sticks out to the right, so that a reader must scroll sideways. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}
