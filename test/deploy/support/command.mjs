import { spawn } from 'node:child_process';

/** How a command ended. A command that ran out of time has code null. */
export class CommandError extends Error {
  constructor(command, { code, signal, stdout, stderr, timedOut }) {
    const how = timedOut ? 'took too long' : `ended with ${code ?? signal}`;
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-25).join('\n');
    super(`${command.join(' ').slice(0, 300)} ${how}${said ? `:\n${said}` : ''}`);
    Object.assign(this, { code, stdout, stderr, timedOut });
  }
}

/**
 * Runs a command to its end, for at most `timeout` milliseconds.
 * @param options.check throws a CommandError unless it ends with 0 (the default).
 * @param options.input what it reads from its standard input.
 * @param options.show passes its output on as it comes.
 * @returns {Promise<{code: number | null, stdout: string, stderr: string, ms: number}>}
 */
export async function run(command, { timeout = 60_000, check = true, input, env, cwd, show = false } = {}) {
  const started = performance.now();
  const child = spawn(command[0], command.slice(1), { env: env ?? process.env, cwd, stdio: 'pipe' });
  const pieces = { stdout: [], stderr: [] };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].on('data', (data) => {
      pieces[stream].push(data);
      if (show) process[stream].write(data);
    });
  }
  child.stdin.on('error', () => undefined); // It may end without reading.
  child.stdin.end(input ?? '');
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeout);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    // Not 'close': a daemon that it left behind may hold the pipes.
    child.once('exit', (...how) => setTimeout(() => resolve(how), 20));
  }).finally(() => clearTimeout(timer));
  const text = (stream) => Buffer.concat(pieces[stream]).toString('utf8');
  const result = { code, signal, timedOut, stdout: text('stdout'), stderr: text('stderr') };
  child.stdout.destroy();
  child.stderr.destroy();
  if (check && code !== 0) throw new CommandError(command, result);
  return { ...result, ms: performance.now() - started };
}

/** Asks again until the answer is true, every `every` milliseconds, for at most `timeout`. @returns the answer. */
export async function until(ask, { timeout = 30_000, every = 50, what = 'the condition' } = {}) {
  const end = performance.now() + timeout;
  let reason;
  do {
    try {
      const answer = await ask();
      if (answer) return answer;
      reason = undefined;
    } catch (error) {
      reason = error;
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  } while (performance.now() < end);
  throw new Error(`${what} did not come true in ${timeout / 1000} s${reason ? `: ${reason.message}` : ''}`);
}
