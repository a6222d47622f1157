import { open } from 'node:fs/promises';
import { StartupError } from '../../platform/errors/startup-error.js';
import { isThere, runProgram } from './program.js';

/** Packs a directory into one file. */
export const pack = (directory: string, file: string): Promise<string> =>
  runProgram('tar', [
    '--create',
    '--file',
    file,
    '--directory',
    directory,
    '--sort=name',
    '--owner=0',
    '--group=0',
    '.',
  ]);

/** Unpacks into an empty directory; nothing lands outside of it, and nothing keeps its former owner. */
export const unpack = (file: string, directory: string): Promise<string> =>
  runProgram('tar', [
    '--extract',
    '--file',
    file,
    '--directory',
    directory,
    '--no-same-owner',
    '--no-same-permissions',
  ]);

/** A file that was written is on the disk only now. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isForAge = (recipient: string): boolean => /^(?:age1|ssh-)/.test(recipient);

/** How a file that is for this recipient ends; '' when it is for nobody in particular. */
export const endingFor = (recipient: string | undefined): string =>
  recipient === undefined ? '' : isForAge(recipient) ? '.age' : '.gpg';

async function assertThere(program: string, why: string): Promise<void> {
  if (!(await isThere(program)))
    throw new StartupError(`${why} needs ${program}, which is not installed: apt-get install ${program}`);
}

/** @param recipient a key of age (`age1...`, `ssh-...`), else a key that gpg knows. */
export async function encrypt(plain: string, file: string, recipient: string): Promise<void> {
  if (isForAge(recipient)) {
    await assertThere('age', 'A recipient of age');
    await runProgram('age', ['--recipient', recipient, '--output', file, plain]);
    return;
  }
  await assertThere('gpg', 'A recipient that is no key of age');
  const words = ['--batch', '--yes', '--trust-model', 'always', '--encrypt', '--recipient', recipient];
  await runProgram('gpg', [...words, '--output', file, plain]);
}

/** @param identity the file of the private key; gpg takes it from its own ring. */
export async function decrypt(file: string, plain: string, identity: string | undefined): Promise<void> {
  if (file.endsWith('.gpg')) {
    await assertThere('gpg', file);
    await runProgram('gpg', ['--batch', '--yes', '--output', plain, '--decrypt', file]);
    return;
  }
  await assertThere('age', file);
  if (identity === undefined)
    throw new StartupError(`${file} is encrypted with age: give the file of its key with --identity`);
  await runProgram('age', ['--decrypt', '--identity', identity, '--output', plain, file]);
}
