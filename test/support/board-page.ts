import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** For people to look at. */
const PICTURES = 'test/artifacts/board';

export const SCREENS = {
  wall: { viewport: { width: 1920, height: 1080 }, deviceScaleFactor: 1 },
  portrait: { viewport: { width: 1080, height: 1920 }, deviceScaleFactor: 1 },
  landscape: { viewport: { width: 844, height: 390 }, deviceScaleFactor: 2 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
} satisfies Record<string, BrowserContextOptions>;

export type Screen = keyof typeof SCREENS;

/** The board in a real browser. */
export class BoardPage {
  /** What the browser complained about: errors of scripts, and what the page's own policy refused. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly origin: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(this.origin)) this.complaints.push(`foreign: ${request.url()}`);
    });
  }

  static async open(
    browser: Browser,
    origin: string,
    path: string,
    screen: Screen = 'wall',
    options: BrowserContextOptions = {},
  ): Promise<BoardPage> {
    mkdirSync(PICTURES, { recursive: true });
    const context = await browser.newContext({ ...SCREENS[screen], reducedMotion: 'reduce', ...options });
    const self = new BoardPage(await context.newPage(), origin);
    // Time runs as always, until a test jumps.
    await self.page.clock.install();
    await self.page.goto(`${origin}${path}`);
    return self;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  text(id: string): Promise<string> {
    return this.page.innerText(`#${id}`);
  }

  /** Cuts the page off, and lets time pass. */
  async loseNetworkFor(milliseconds: number): Promise<void> {
    await this.page.context().setOffline(true);
    await this.page.clock.fastForward(milliseconds);
  }

  async findNetwork(): Promise<void> {
    await this.page.context().setOffline(false);
  }

  /** What cannot be seen whole: beyond the edge of the screen, or of the panel that it stands in. */
  outOfSight(): Promise<string[]> {
    // As text: what runs in the page has names that this program has not.
    return this.page.evaluate(`(() => {
      const screen = { left: 0, right: innerWidth, top: 0, bottom: document.documentElement.scrollHeight };
      const inside = (box, edges) => box.left >= edges.left - 1 && box.right <= edges.right + 1 &&
        box.top >= edges.top - 1 && box.bottom <= edges.bottom + 1;
      const shown = (element) => element.getClientRects().length > 0 && !element.closest('.unseen');
      return [...document.querySelectorAll('body *')]
        .filter((element) => shown(element) && element.textContent.trim() !== '')
        .filter((element) => {
          const box = element.getBoundingClientRect();
          // A long name may be cut off, with three dots.
          if (element.id !== 'name' && element.clientHeight > 0 && element.scrollHeight > element.clientHeight + 1 &&
            getComputedStyle(element).overflow === 'hidden') return true;
          const panel = element.parentElement.closest('.level');
          return !inside(box, screen) || (panel && !inside(box, panel.getBoundingClientRect()));
        })
        .map((element) => (element.id || element.tagName) + ' ' + JSON.stringify(element.getBoundingClientRect()));
    })()`);
  }

  /** Whether not all of it is on the screen at once. */
  scrolls(): Promise<boolean> {
    return this.page.evaluate('document.documentElement.scrollHeight > innerHeight');
  }

  /** Texts whose contrast to what is behind them is below 4.5 (WCAG 2.2, 1.4.3). */
  tooFaint(): Promise<string[]> {
    return this.page.evaluate(`(() => {
      const parts = (color) => color.match(/[\\d.]+/g).map(Number);
      const channel = (value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
      const light = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
      const behind = (element) => {
        const color = element && parts(getComputedStyle(element).backgroundColor);
        return !element ? [255, 255, 255] : color.length === 3 || color[3] === 1 ? color : behind(element.parentElement);
      };
      const ownText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
      return [...document.querySelectorAll('body *')]
        .filter((element) => element.getClientRects().length > 0 && !element.closest('.unseen') && ownText(element))
        .map((element) => {
          const style = getComputedStyle(element);
          const [one, other] = [light(parts(element.closest('svg') ? style.fill : style.color)), light(behind(element))];
          return [element, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
        })
        .filter(([, contrast]) => contrast < 4.5)
        .map(([element, contrast]) => element.textContent + ': ' + contrast.toFixed(2));
    })()`);
  }

  /** The first and the last hour of the curve's axis, and whether there is a line. */
  curve(): Promise<{ begins: string; ends: string; drawn: boolean }> {
    return this.page.evaluate(`(() => {
      const hours = [...document.querySelectorAll('#curve text')]
        .map(({ textContent }) => textContent).filter((text) => text.includes(':'));
      const line = document.querySelector('#curve .line');
      return { begins: hours[0], ends: hours.at(-1), drawn: line !== null && line.getTotalLength() > 100 };
    })()`);
  }

  /** Waits until an element says this. */
  async says(id: string, text: string | RegExp, timeout = 10_000): Promise<void> {
    await this.page.locator(`#${id}`).filter({ hasText: text }).waitFor({ timeout });
  }

  async is(connection: string, timeout = 10_000): Promise<void> {
    await this.page.waitForSelector(`#board[data-connection="${connection}"]`, { timeout });
  }
}
