import { existsSync, readdirSync } from 'node:fs';
import { StartupError } from '../../platform/errors/startup-error.js';
import { runProgram } from './program.js';

const DEBIAN = '/usr/lib/postgresql';

type Tool = 'pg_dump' | 'pg_restore';

async function majorOf(program: string): Promise<number | undefined> {
  try {
    return Number(/\(PostgreSQL\) (\d+)/.exec(await runProgram(program, ['--version']))?.[1]);
  } catch {
    return undefined; // Not installed.
  }
}

/** On the path, and where Debian keeps one for each version. */
function candidates(tool: Tool): string[] {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).filter((name) => /^\d+$/.test(name)) : [];
  return [
    tool,
    ...versions.sort((a, b) => Number(a) - Number(b)).map((name) => `${DEBIAN}/${name}/bin/${tool}`),
  ];
}

/**
 * A program of the system's PostgreSQL that can talk to this server: it must not be older than the server.
 * @throws StartupError saying which package brings one.
 */
export async function postgresTool(tool: Tool, serverMajor: number): Promise<string> {
  let newest = 0;
  for (const program of candidates(tool)) {
    const major = (await majorOf(program)) ?? 0;
    if (major >= serverMajor) return program;
    newest = Math.max(newest, major);
  }
  const found = newest === 0 ? `${tool} is not installed` : `${tool} is of PostgreSQL ${newest}`;
  throw new StartupError(
    `${found}, and the server is PostgreSQL ${serverMajor}: install postgresql-client-${serverMajor} (Debian: apt-get install postgresql-client-${serverMajor}), which is all that is needed.`,
  );
}

/** A URL as libpq takes it, with the password apart: other users can read the words of a command. */
export function withoutPassword(url: string): { url: string; secrets: Record<string, string> } {
  const [, start = '', password, end = ''] =
    // Up to the last @ before the path, which may stand in the password as it is.
    /^(postgres(?:ql)?:\/\/[^:@/?]*):([^/?#]*)(@.*)$/.exec(url) ?? [];
  if (password !== undefined)
    return { url: `${start}${end}`, secrets: { PGPASSWORD: decodeURIComponent(password) } };
  const [, before = '', named, after = ''] = /^(.*[?&])password=([^&]*)&?(.*)$/.exec(url) ?? [];
  if (named === undefined) return { url, secrets: {} };
  return { url: `${before}${after}`, secrets: { PGPASSWORD: decodeURIComponent(named) } };
}
