import { Readable, Writable } from 'node:stream';
import { runCommand } from '../../src/cli/program.js';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

class Collected extends Writable {
  readonly pieces: Buffer[] = [];

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.pieces.push(piece);
    done();
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString();
  }
}

/** Runs one command line in this process, with these environment variables and no others. */
export async function runCli(environment: Record<string, string>, words: string[], stdin = ''): Promise<Ran> {
  const stdout = new Collected();
  const stderr = new Collected();
  const code = await runCommand(words, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr,
    environment,
    exitCode: 0,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
