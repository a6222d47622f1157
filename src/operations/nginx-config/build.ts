import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a build of nginx understands. */
export interface Build {
  /** `http2 on`, where an older one has it as a parameter of `listen`. */
  http2Directive: boolean;
  http3: boolean;
  /** The hybrid key agreement that a quantum computer does not break (ML-KEM). */
  postQuantum: boolean;
}

interface Versions {
  nginx: string;
  openssl: string;
  http3Module: boolean;
}

/** The oldest that we support, Debian 12; whatever it understands, a newer one does. */
const CONSERVATIVE: Versions = { nginx: '1.22.1', openssl: '3.0.0', http3Module: false };

/** Whether a version is at least another, number by number. */
function atLeast(version: string, wanted: string): boolean {
  const numbers = version.split('.').map(Number);
  for (const [index, least] of wanted.split('.').map(Number).entries()) {
    const number = numbers[index] ?? 0;
    if (number !== least) return number > least;
  }
  return true;
}

/** Reads what `nginx -V` prints. */
export function versionsOf(text: string): Versions {
  return {
    nginx: /nginx\/(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? CONSERVATIVE.nginx,
    openssl:
      /running with OpenSSL (\d+(?:\.\d+)*)/.exec(text)?.[1] ??
      /built with OpenSSL (\d+(?:\.\d+)*)/.exec(text)?.[1] ??
      CONSERVATIVE.openssl,
    http3Module: text.includes('--with-http_v3_module'),
  };
}

/** Asks the nginx of this machine; without one the answer is what the oldest can do. */
export async function installedVersions(): Promise<Versions> {
  for (const program of ['nginx', '/usr/sbin/nginx']) {
    try {
      const { stderr } = await promisify(execFile)(program, ['-V']);
      return versionsOf(stderr);
    } catch {
      // Not there, or not on the path of an ordinary user.
    }
  }
  return CONSERVATIVE;
}

/** Versions that an operator names, for a machine that is not this one. */
export const namedVersions = (nginx: string, openssl: string | undefined, http3 = false): Versions => ({
  nginx,
  openssl: openssl ?? CONSERVATIVE.openssl,
  http3Module: http3,
});

/** @param http3 false to do without, whatever the build can. */
export const buildOf = ({ nginx, openssl, http3Module }: Versions, http3 = true): Build => ({
  http2Directive: atLeast(nginx, '1.25.1'),
  http3: http3 && http3Module && atLeast(nginx, '1.25.0'),
  postQuantum: atLeast(openssl, '3.5'),
});
