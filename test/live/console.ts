import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { chromium, type Browser, type Page } from 'playwright-core';

export interface ConsoleExpectations {
  /** Topic whose page is opened too. */
  readonly topic?: string;
  /** Subject whose page is opened too. */
  readonly subject?: string;
  /** Where the pictures go. @default - no pictures are taken */
  readonly screenshots?: string;
  /** Texts that must stand on a page, by its path. */
  readonly texts?: Readonly<Record<string, readonly string[]>>;
  /** @default 1280 */
  readonly width?: number;
  /** @default 'light' */
  readonly colorScheme?: 'light' | 'dark';
}

export interface ConsolePage {
  readonly path: string;
  readonly status: number;
  /** What a reader sees, opened details included. */
  readonly text: string;
  readonly screenshot?: string;
}

export interface ConsoleReport {
  readonly pages: readonly ConsolePage[];
  /** Everything that is wrong, each naming its page; empty when all is well. */
  readonly errors: readonly string[];
}

/** Opens every page of the console in a real browser, as a person would, and reports what it saw. */
export async function checkConsole(baseUrl: string, expected: ConsoleExpectations = {}): Promise<ConsoleReport> {
  const paths = [
    '/',
    '/topics',
    ...(expected.topic === undefined ? [] : [`/topics/${encodeURIComponent(expected.topic)}`]),
    '/groups',
    '/subjects',
    ...(expected.subject === undefined ? [] : [`/subjects/${encodeURIComponent(expected.subject)}`]),
  ];
  for (const path of Object.keys(expected.texts ?? {})) if (!paths.includes(path)) paths.push(path);

  const browser = await launchChromium();
  try {
    const pages: ConsolePage[] = [];
    const errors: string[] = [];
    for (const path of paths) {
      const found = await checkPage(browser, baseUrl, path, expected, errors);
      pages.push(found);
      for (const text of expected.texts?.[path] ?? []) {
        if (!found.text.includes(text)) errors.push(`${path}: '${text}' is not on the page`);
      }
    }
    return { pages, errors };
  } finally {
    await browser.close();
  }
}

async function checkPage(
  browser: Browser,
  baseUrl: string,
  path: string,
  expected: ConsoleExpectations,
  errors: string[],
): Promise<ConsolePage> {
  const context = await browser.newContext({
    viewport: { width: expected.width ?? 1280, height: 900 },
    colorScheme: expected.colorScheme ?? 'light',
  });
  try {
    const page = await context.newPage();
    const origin = new URL(baseUrl).origin;
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(`${path}: the browser's console: ${message.text()}`);
    });
    page.on('pageerror', (error) => errors.push(`${path}: a script failed: ${error.message}`));
    page.on('dialog', (dialog) => {
      errors.push(`${path}: a script of someone else's ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol !== 'data:') errors.push(`${path}: asked outside for ${url.href}`);
    });

    const response = await page.goto(new URL(path, baseUrl).href, { waitUntil: 'load', timeout: 15_000 });
    const status = response?.status() ?? 0;
    if (status !== 200) errors.push(`${path}: HTTP ${status}`);
    if (!(await page.locator('#refresh').isVisible())) errors.push(`${path}: the page's own script did not run`);
    const tooWide = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    if (tooWide > 0) errors.push(`${path}: ${tooWide} pixels wider than the window`);
    const closed = expected.screenshots === undefined ? undefined : await picture(page, path, expected);
    await page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })");
    return {
      path,
      status,
      text: await page.locator('main').innerText(),
      ...(closed === undefined ? {} : { screenshot: closed }),
    };
  } finally {
    await context.close();
  }
}

async function picture(page: Page, path: string, expected: ConsoleExpectations): Promise<string> {
  const folder = expected.screenshots!;
  mkdirSync(folder, { recursive: true });
  const name =
    decodeURIComponent(path)
      .replace(/[^\w.-]+/g, '-')
      .replace(/^-|-$/g, '') || 'overview';
  const file = join(folder, `${name}-${expected.colorScheme ?? 'light'}-${expected.width ?? 1280}.png`);
  await page.screenshot({ path: file, fullPage: true });
  return file;
}

/** A Chromium of the system: one that a test tool downloads is not to be had everywhere. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      // Chromium refuses its sandbox to root, as which containers and build machines often run.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export function findChromium(path = process.env['PATH'] ?? ''): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = [...path.split(delimiter), '/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];
  for (const name of names) {
    for (const folder of folders) {
      const file = join(folder, name);
      if (folder !== '' && existsSync(file)) return file;
    }
  }
  throw new Error(`no Chromium found: looked for ${names.join(', ')} on the PATH; on Debian: apt-get install chromium`);
}
