import { describe, expect, test } from '@jest/globals';
import { withoutPassword } from '../../src/operations/backup/postgres.tools.js';
import { differences } from '../../src/operations/backup/tables.js';

describe('backup', () => {
  test('a table that differs by a row, by a value or by not being there is named', () => {
    const state = { table: 'public.users', rows: 3, checksum: '17' };
    expect(differences([state], [state])).toEqual([]);
    expect(differences([state], [{ ...state, rows: 2 }])).toEqual(['public.users has 2 rows instead of 3']);
    expect(differences([state], [{ ...state, checksum: '18' }])).toEqual([
      'public.users has other content in its 3 rows',
    ]);
    expect(differences([state], [])).toEqual(['public.users is missing']);
  });

  test('a password is no word of a command, which everybody on the machine can read', () => {
    expect(withoutPassword('postgres://u:p%40ss@h/db?sslmode=require')).toEqual({
      url: 'postgres://u@h/db?sslmode=require',
      secrets: { PGPASSWORD: 'p@ss' },
    });
    expect(withoutPassword('postgres://u:p@s:s@h:5/db?options=a@b')).toEqual({
      url: 'postgres://u@h:5/db?options=a@b',
      secrets: { PGPASSWORD: 'p@s:s' },
    });
    expect(withoutPassword('postgres:///db?host=/run/postgresql&password=x%20y&user=u')).toEqual({
      url: 'postgres:///db?host=/run/postgresql&user=u',
      secrets: { PGPASSWORD: 'x y' },
    });
    expect(withoutPassword('postgres:///db?host=/run/postgresql&user=u').secrets).toEqual({});
  });
});
