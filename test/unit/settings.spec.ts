import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

process.env.CONFIG_DIR = mkdtempSync(join(tmpdir(), 'frontdesk-no-config-'));

test('no module reads a file to tune when it is imported, and whoever asks for the settings is told what is missing', async () => {
  await import('../../src/app/app.module.js');
  await import('../../src/cli/program.js');
  const { settings } = await import('../../src/platform/settings/settings.js');
  expect(() => settings.current).toThrow(/fields\.json cannot be read/);
});
