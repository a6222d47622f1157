const DATABASE = 'src/operations/check/check.database.ts';
const MANIFEST = 'src/operations/backup/manifest.ts';
const RESTORE = 'src/cli/restore.command.ts';
const CONTENTS = 'src/operations/backup/contents.ts';

const COMMANDS_SPEC = 'test/integration/commands.spec.ts';
const BACKUP_SPEC = 'test/integration/backup.spec.ts';
const TROUBLE_SPEC = 'test/integration/backup-trouble.long.spec.ts';

/** What an operator relies on: check, backup and restore. */
export default [
  {
    what: 'check says that migrations are pending',
    file: DATABASE,
    from: 'if (pending.length > 0) {',
    to: 'if (false) {',
    red: [[COMMANDS_SPEC, 'fails a check that an update of 0.1.0 stops at']],
  },
  {
    what: 'check says that the database is of a newer release',
    file: DATABASE,
    from: 'if (breaking.length > 0)',
    to: 'if (false)',
    red: [[COMMANDS_SPEC, 'fails the check of a release that does not know it']],
  },
  {
    what: 'check says that one role is both',
    file: DATABASE,
    from: 'const separate = owns_audit',
    to: 'const separate = false',
    red: [[COMMANDS_SPEC, 'warns when one role is both']],
  },
  {
    what: 'check says that the sealing key is another',
    file: DATABASE,
    from: "return finding('fail', 'keys', error.message);",
    to: "return finding('ok', 'keys', error.message);",
    red: [[COMMANDS_SPEC, 'fails without the sealing key']],
  },
  {
    what: 'check says that DATA_DIR cannot be written',
    file: 'src/operations/check/check.data-dir.ts',
    from: "if (code === 'ENOENT')",
    to: "if (code !== '')",
    red: [[COMMANDS_SPEC, 'fails without the sealing key']],
  },
  {
    what: 'a damaged backup is refused',
    file: MANIFEST,
    from: 'if (state.sha256 !== expected.sha256)',
    to: 'if (false)',
    red: [[BACKUP_SPEC, 'a backup that is damaged']],
  },
  {
    what: 'a short backup is refused',
    file: MANIFEST,
    from: 'if (state === undefined) throw',
    to: 'if (state === undefined) continue; if (false) throw',
    red: [[BACKUP_SPEC, 'a backup that is damaged']],
  },
  {
    what: 'a backup with something more in it is refused',
    file: MANIFEST,
    from: 'if (extra !== undefined)',
    to: 'if (false)',
    red: [[BACKUP_SPEC, 'a backup that is damaged']],
  },
  {
    what: 'a backup of a newer release is refused',
    file: RESTORE,
    from: 'assertKnown(opened.manifest);',
    to: 'void assertKnown;',
    red: [[BACKUP_SPEC, 'a backup of a newer version']],
  },
  {
    what: 'nothing is restored over what people made',
    file: RESTORE,
    from: 'if (row === undefined) continue;',
    to: 'continue;',
    red: [[TROUBLE_SPEC, 'work without users is work']],
  },
  {
    what: 'nothing is restored while the application runs',
    file: RESTORE,
    from: 'if (others !== undefined)',
    to: 'if (false)',
    red: [[BACKUP_SPEC, 'a restore is equal']],
  },
  {
    what: 'what was restored is compared with what was backed up',
    file: RESTORE,
    from: 'if (different.length > 0)',
    to: 'if (false)',
    red: [[BACKUP_SPEC, 'whose tables are not what its manifest says']],
  },
  {
    what: 'a restore that fails leaves an empty database',
    file: RESTORE,
    from: 'await clear(server, database);\n            throw error;',
    to: 'throw error;',
    red: [[BACKUP_SPEC, 'whose tables are not what its manifest says']],
  },
  {
    what: 'a restore does not mix two sealing keys',
    file: CONTENTS,
    from: 'if (config.sealingKey !== undefined && config.sealingKey !== stored)',
    to: 'if (false)',
    red: [[BACKUP_SPEC, 'does not mix two sealing keys']],
  },
  {
    what: 'configuration that cannot be put back stops a restore at once',
    file: CONTENTS,
    from: "if (!(await isSame(join(from, 'config', name), join(configDir, name)))) await assertWritable(configDir);",
    to: 'void name;',
    red: [[TROUBLE_SPEC, 'configuration that cannot be put back']],
  },
  {
    what: 'retention removes backups, and nothing else',
    file: 'src/operations/backup/retention.ts',
    from: 'entry.isFile() && NAME.test(entry.name) && entry.name',
    to: 'entry.isFile() && entry.name',
    red: [[BACKUP_SPEC, 'retention removes the oldest']],
  },
  {
    what: 'retention keeps the backup that was just made',
    file: 'src/operations/backup/retention.ts',
    from: ' && entry.name !== made)',
    to: ' && made !== undefined)',
    red: [[BACKUP_SPEC, 'retention removes the oldest']],
  },
  {
    what: 'a backup that was made is compared before it counts',
    file: 'src/operations/backup/tables.ts',
    from: 'return other.checksum === checksum ? [] : [',
    to: "return other.checksum !== '' ? [] : [",
    red: [['test/unit/backup.spec.ts', 'a table that differs']],
  },
];
