import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page, type Request } from 'playwright-core';

export const CHROMIUM = '/usr/bin/chromium';

/** For people to look at: what the page looked like at each step. */
const PICTURES = 'test/artifacts/docs';

const QUIET =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: QUIET.split(' ') });

/** What an operation was asked and answered when a person pressed Execute. */
export interface Executed {
  status: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
  answer: string;
}

/** Swagger UI in a real browser, handled as a person does. */
export class SwaggerPage {
  /** What the browser complained about, refused by the page's own policy included. */
  readonly complaints: string[] = [];
  /** Requests to anybody but the desk. */
  readonly foreign: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
    private readonly prefix: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      // The browser reports each refused request as an error; those are what we test.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.complaints.push(message.text());
      }
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(?:data|blob):/.test(request.url()))
        this.foreign.push(request.url());
    });
  }

  static async open(browser: Browser, url: string, size: 'desktop' | 'phone'): Promise<SwaggerPage> {
    mkdirSync(PICTURES, { recursive: true });
    const viewport = size === 'phone' ? { width: 390, height: 844 } : { width: 1280, height: 900 };
    const context = await browser.newContext({ viewport, deviceScaleFactor: size === 'phone' ? 2 : 1 });
    const self = new SwaggerPage(await context.newPage(), url, size);
    await self.page.goto(`${url}/docs`);
    await self.page.waitForSelector('.opblock');
    return self;
  }

  async picture(name: string, selector?: string): Promise<void> {
    const target = selector === undefined ? this.page : this.page.locator(selector);
    await target.screenshot({ path: join(PICTURES, `${this.prefix}-${name}.png`) });
  }

  async openSignIn(): Promise<void> {
    await this.page.click('.auth-wrapper .authorize');
    await this.page.waitForSelector('.modal-ux');
  }

  /** Fills the dialog and presses its button. @returns what it says then. */
  async signIn(username: string, password: string): Promise<string> {
    await this.page.fill('#oauth_username', username);
    await this.page.fill('#oauth_password', password);
    const answered = this.page.waitForResponse(`${this.url}/api/v1/token`);
    await this.page.click('.modal-btn.authorize:visible');
    await answered;
    await this.page.waitForSelector('.modal-ux .errors, .modal-ux h6');
    return this.page.innerText('.modal-ux');
  }

  async closeSignIn(): Promise<void> {
    await this.page.click('.modal-btn.btn-done:visible');
    await this.page.waitForSelector('.modal-ux', { state: 'detached' });
  }

  /** Opens an operation and presses Execute, with nothing changed. */
  async execute(tag: string, operationId: string): Promise<Executed> {
    const block = `#operations-${tag}-${operationId}`;
    await this.page.click(`${block} .opblock-summary-control`);
    const sent = new Promise<Request>((resolve) => this.page.once('request', resolve));
    await this.page.click(`${block} .execute`);
    const request = await sent;
    const status = await this.page.innerText(`${block} .live-responses-table tbody .response-col_status`);
    return {
      status: status.trim().slice(0, 3),
      url: request.url().slice(this.url.length),
      headers: request.headers(),
      body: request.postData(),
      answer: await this.page.innerText(`${block} .live-responses-table tbody .response-col_description`),
    };
  }

  /** What stands out of a part of the page to the right, and cannot be scrolled into sight. */
  tooWide(selector: string): Promise<string[]> {
    // As text: what runs in the page has names that this program has not.
    return this.page.evaluate(`(() => {
      const part = document.querySelector('${selector}');
      const edge = part.getBoundingClientRect().right + 1;
      const scrolls = (element) =>
        element !== part && (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
      return [...part.querySelectorAll('*')]
        .filter((element) => element.getBoundingClientRect().right > edge && !scrolls(element.parentElement))
        .map((element) => element.tagName + ' ' + element.getAttribute('class'));
    })()`);
  }
}
