import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { BoardPage, type Screen } from '../../support/board-page.js';
import { BoardSpace } from '../../support/board-space.js';
import { type Desk, openDesk } from '../../support/desk.js';
import { CHROMIUM, openBrowser } from '../../support/swagger-page.js';

let desk: Desk;
let browser: Browser;

const inBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

const LOOKS = [
  ['wall', 'light'],
  ['wall', 'dark'],
  ['phone', 'light'],
  ['phone', 'dark'],
] as [Screen, 'light' | 'dark'][];

inBrowser('the board in a browser', () => {
  beforeAll(async () => {
    desk = await openDesk();
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await desk.close();
  });

  describe.each(LOOKS)('on a %s, %s', (screen, colorScheme) => {
    it.each([
      ['free', 75, { name: 'Reading room' }, /^Free$/],
      ['amber', 110, { name: 'Lecture hall with a rather long name, in the east wing' }, /^Filling up$/],
      ['full', 140, { name: 'Canteen' }, /^Full$/],
      ['unlimited', 21_400, { name: 'Station square', capacity: null }, /^$/],
    ])(
      'shows a space that is %s, whole and legible',
      async (name, people, fields, word) => {
        const space = await BoardSpace.make(desk, fields, { people });
        const board = await BoardPage.open(browser, desk.url, space.path, screen, { colorScheme });
        await board.is('live');
        await board.says('people', 'people inside');
        await board.picture(`${screen}-${colorScheme}-${name}`);
        expect(await board.text('word')).toMatch(word);
        expect(await board.scrolls()).toBe(false);
        expect(await board.outOfSight()).toEqual([]);
        expect(await board.tooFaint()).toEqual([]);
        expect(await board.curve()).toEqual({ begins: '00:00', ends: '24:00', drawn: true });
        expect(board.complaints).toEqual([]);
        await board.close();
      },
      60_000,
    );

    it('says when it is not live, and since when', async () => {
      const space = await BoardSpace.make(desk, {}, { people: 75 });
      const board = await BoardPage.open(browser, desk.url, space.path, screen, { colorScheme });
      await board.is('live');
      await board.loseNetworkFor(45_000);
      await board.is('stale');
      await board.says('warning', /^Not live since \d\d:\d\d$/);
      await board.picture(`${screen}-${colorScheme}-stale`);
      expect([await board.text('connection'), await board.outOfSight(), await board.tooFaint()]).toEqual([
        'Not live',
        [],
        [],
      ]);
      await board.findNetwork();
      await space.count(1);
      await board.is('live', 40_000);
      expect(await board.text('warning')).toBe('');
      await board.close();
    }, 90_000);

    it('says that its link was revoked, and shows no number any more', async () => {
      const space = await BoardSpace.make(desk, {}, { people: 75 });
      const board = await BoardPage.open(browser, desk.url, space.path, screen, { colorScheme });
      await board.is('live');
      await space.revoke();
      await board.is('gone', 30_000);
      await board.says('warning', 'This link was revoked');
      await board.picture(`${screen}-${colorScheme}-gone`);
      expect([await board.text('board'), await board.page.title()]).toEqual([
        expect.not.stringMatching(/inside|places/),
        'Ended',
      ]);
      expect([await board.outOfSight(), await board.tooFaint()]).toEqual([[], []]);
      await board.page.reload();
      expect(await board.page.innerText('h1')).toBe('There is no such board');
      await board.picture(`${screen}-${colorScheme}-none`);
      expect([await board.outOfSight(), await board.tooFaint()]).toEqual([[], []]);
      await board.close();
    }, 90_000);
  });

  it.each(['portrait', 'landscape'] as const)(
    'fits a screen that hangs or lies %s',
    async (screen) => {
      const space = await BoardSpace.make(desk, {}, { people: 110 });
      const board = await BoardPage.open(browser, desk.url, space.path, screen);
      await board.is('live');
      await board.says('people', 'people inside');
      await board.picture(screen);
      expect([await board.scrolls(), await board.outOfSight()]).toEqual([false, []]);
      await board.close();
    },
    60_000,
  );

  it('follows what is counted, on whichever instance, within a moment', async () => {
    const other = await desk.another();
    const space = await BoardSpace.make(desk, { capacity: 10 });
    const board = await BoardPage.open(browser, desk.url, space.path);
    await board.is('live');
    await board.says('occupancy', /^0$/);
    const steps: [number, string, string, string][] = [
      [1, '1', 'person inside', 'Free'],
      [7, '8', 'people inside', 'Filling up'],
      [3, '11', 'people inside', 'Full'],
    ];
    for (const [delta, occupancy, people, word] of steps) {
      await space.count(delta, other);
      await board.says('occupancy', new RegExp(`^${occupancy}$`), 2_000);
      expect([await board.text('people'), await board.text('word')]).toEqual([people, word]);
    }
    expect(await board.text('places')).toMatch(/^1\s+over capacity$/);
    expect(await board.page.title()).toBe('11 · Reading room');
    expect(board.complaints).toEqual([]);
    await board.close();
  }, 60_000);

  it('comes back by itself after its server was away', async () => {
    const space = await BoardSpace.make(desk, {}, { people: 75 });
    const instance = await desk.another();
    const board = await BoardPage.open(browser, instance.url, space.path);
    await board.is('live');
    const away = instance.app.close();
    // A browser opens connections ahead, and a server that closes waits for their first request.
    const cut = setInterval(() => instance.app.getHttpServer().closeAllConnections(), 500);
    await away;
    clearInterval(cut);
    await board.is('connecting');
    await space.setOccupancy(42);
    await desk.another(Number(new URL(instance.url).port));
    await board.is('live', 40_000);
    await board.says('occupancy', /^42$/);
    await board.close();
  }, 90_000);

  it('shows the name of a space as text, whatever it is', async () => {
    const name = `<img src=x onerror="document.title='x'"><script>1</script>`;
    const space = await BoardSpace.make(desk, { name });
    const board = await BoardPage.open(browser, desk.url, space.path);
    await board.is('live');
    expect(await board.text('name')).toBe(name);
    expect(await board.page.locator('img, main script').count()).toBe(0);
    expect(await board.page.title()).toBe(`0 · ${name}`);
    expect(board.complaints).toEqual([]);
    await board.close();
  }, 60_000);

  it('tells those who listen, and needs neither pointer nor motion', async () => {
    const space = await BoardSpace.make(desk, { capacity: 10 });
    const board = await BoardPage.open(browser, desk.url, space.path, 'wall', { reducedMotion: 'reduce' });
    await board.is('live');
    await board.says('spoken', 'Reading room: 0 inside, 10 of 10 places free, Free.');
    expect(await board.page.getAttribute('#spoken', 'aria-live')).toBe('polite');
    expect(await board.page.getAttribute('html', 'lang')).toBe('en');
    // Nothing waits for a click or a key.
    expect(await board.page.locator('button, a, input, [tabindex]').count()).toBe(0);
    expect(await board.page.evaluate('document.getAnimations().length')).toBe(0);
    await board.close();
  }, 60_000);
});
