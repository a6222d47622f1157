import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneDatabase, type TestDatabase } from '../../support/database.js';
import { cleanUp, folder, freePort, ROOT, startServer } from '../../support/server.js';

const PASSWORD = 'Correct-Horse-7';

describe('the limits.json of 0.1.0', () => {
  let database: TestDatabase;
  let environment: Record<string, string>;
  beforeAll(async () => {
    database = await cloneDatabase();
    const config = folder();
    cpSync(join(ROOT, 'config'), config, { recursive: true });
    const limits = JSON.parse(readFileSync(join(config, 'limits.json'), 'utf8'));
    limits.sign_in.account = { failures: 3, minutes: 15 };
    delete limits.sign_in.account_from_address;
    writeFileSync(join(config, 'limits.json'), JSON.stringify(limits));
    environment = {
      ...{ DATABASE_URL: database.appUrl, DATABASE_OWNER_URL: database.ownerUrl, CONFIG_DIR: config },
      ...{ DATA_DIR: folder(), PORT: await freePort(), BOOTSTRAP_PASSWORD: PASSWORD },
    };
  });
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  test('is served with one line at the start, shown by check, and limits an account from one address', async () => {
    const server = await startServer(environment);
    const lines = server.logged.filter(({ msg }) => String(msg).includes('account_from_address'));
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringMatching(/^limits\.json: sign_in\.account \(3 in 15 minutes\) is from 0\.1\.0/),
      }),
    ]);
    const statuses: number[] = [];
    for (let guess = 0; guess < 4; guess += 1)
      statuses.push((await server.signIn('support', `wrong-${guess}`)).status);
    expect(statuses).toEqual([400, 400, 400, 429]);
    const found = execFileSync(process.execPath, [join(ROOT, 'dist/src/cli.js'), 'check'], {
      encoding: 'utf8',
      env: environment,
    });
    expect(found).toMatch(/^warn {2}configuration {3}limits\.json: sign_in\.account .*account_from_address/m);
    expect((await server.stop()).code).toBe(0);
  });
});
