import { existsSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type Desk, makeEmployee, openDesk, PASSWORD } from '../support/desk.js';
import { CHROMIUM, openBrowser, SwaggerPage } from '../support/swagger-page.js';

/** The picture in README.md; written anew with UPDATE_COMMITTED=1. */
const PICTURE = 'docs/swagger-ui.png';

const VISIBLE_FIELDS = '.modal-ux input:visible, .modal-ux select:visible';

let desk: Desk;
let browser: Browser;

const inBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

inBrowser('Swagger UI in a browser', () => {
  let docs: SwaggerPage;

  beforeAll(async () => {
    desk = await openDesk();
    await makeEmployee(desk);
    browser = await openBrowser();
    docs = await SwaggerPage.open(browser, desk.url, 'desktop');
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await desk.close();
  });

  it('looks as the picture in the README', async () => {
    await docs.picture('1-start');
    expect(await docs.page.locator('.errors-wrapper').count()).toBe(0);
    await docs.page.setViewportSize({ width: 1000, height: 720 });
    if (process.env.UPDATE_COMMITTED === '1') await docs.page.screenshot({ path: PICTURE });
    await docs.page.setViewportSize({ width: 1280, height: 900 });
    expect(existsSync(PICTURE) ? statSync(PICTURE).size : 0).toBeGreaterThan(10_000);
    expect(statSync(PICTURE).size).toBeLessThan(150_000);
  }, 60_000);

  it('asks for a username and a password, says when they are wrong, and keeps neither', async () => {
    await docs.openSignIn();
    const fields = await docs.page
      .locator(VISIBLE_FIELDS)
      .evaluateAll((inputs) => inputs.map(({ id }) => id));
    expect(fields).toEqual(['oauth_username', 'oauth_password']);
    expect(await docs.page.innerText('.modal-ux')).not.toMatch(/client|scope|flow|token url/i);
    await docs.picture('2-sign-in');
    expect(await docs.signIn('support', 'wrong')).toContain(
      'The username, the password or the refresh token is wrong',
    );
    await docs.picture('3-wrong-password');
    expect(await docs.signIn('support', PASSWORD)).toContain('Authorized');
    await docs.picture('4-signed-in');
    await docs.closeSignIn();
    const kept = await docs.page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(kept).toBe('[{},{},""]');
  }, 60_000);

  it('opens a ticket as support, with headers and filters left alone', async () => {
    const opened = await docs.execute('tickets', 'Tickets_create');
    await docs.picture('5-ticket-opened', '#operations-tickets-Tickets_create');
    expect(opened).toMatchObject({ status: '201', url: '/api/v1/tickets' });
    expect(opened.answer).toMatch(/"status": "new"[^]*location: \/api\/v1\/tickets\/1/);
    expect(opened.headers).not.toHaveProperty('idempotency-key');

    const listed = await docs.execute('tickets', 'Tickets_list');
    await docs.picture('6-tickets', '#operations-tickets-Tickets_list');
    expect(listed).toMatchObject({ status: '200', url: '/api/v1/tickets?limit=50&sort=-id&count=false' });
    expect(listed.answer).toContain('"title": "Laptop does not start"');

    const changed = await docs.execute('tickets', 'Tickets_patch');
    expect(changed).toMatchObject({ status: '200', url: '/api/v1/tickets/1' });
    expect(changed.headers).not.toHaveProperty('if-match');
    for (const operationId of ['Tickets_history', 'Tickets_listOfEmployee']) {
      expect([operationId, (await docs.execute('tickets', operationId)).status]).toEqual([
        operationId,
        '200',
      ]);
    }
  }, 90_000);

  it('is refused the users as support', async () => {
    const users = await docs.execute('users', 'Users_list');
    await docs.picture('7-users-refused', '#operations-users-Users_list');
    expect(users.status).toBe('403');
    expect(users.answer).toContain('"code": "forbidden"');
  }, 60_000);

  it('gets a token with the form as it stands', async () => {
    const token = await docs.execute('authentication', 'Token_get');
    await docs.picture('8-token', '#operations-authentication-Token_get');
    expect(token).toMatchObject({
      status: '200',
      body: `grant_type=password&username=support&password=${PASSWORD}&refresh_token=&scope=&client_id=`,
    });
  }, 60_000);

  it('has spoken to this server alone, and broken no rule of the page', () => {
    expect(docs.complaints).toEqual([]);
    expect(docs.foreign).toEqual([]);
  });

  it('fits a phone', async () => {
    const phone = await SwaggerPage.open(browser, desk.url, 'phone');
    await phone.picture('1-start');
    await phone.openSignIn();
    await phone.picture('2-sign-in');
    await phone.signIn('manager', PASSWORD);
    await phone.closeSignIn();
    expect((await phone.execute('employees', 'Employees_create')).status).toBe('201');
    await phone.picture('3-employee-created', '#operations-employees-Employees_create');
    expect(await phone.tooWide('#operations-employees-Employees_create')).toEqual([]);
  }, 90_000);

  it('runs under a policy that lets no foreign script in', async () => {
    const answer = await desk.ask('GET', '/docs');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(answer.text).not.toMatch(/<script>|<script [^>]*src=["']?https?:/);
    const asset = await desk.ask('GET', '/docs/swagger-ui-bundle.js');
    expect([asset.status, asset.headers.get('content-security-policy')]).toEqual([200, policy]);
    const api = await desk.ask('GET', '/api/v1/status');
    expect(api.headers.has('content-security-policy')).toBe(false);
  });
});
