/** Why the process cannot start. The message is one line for an operator: what, where, what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
