/** Without a sign of life for this long, what is shown may be wrong. The server gives one every 15 s. */
const STALE_MS = 30_000;
const LONGEST_PAUSE_MS = 30_000;
/** A link that was revoked stays so, but an operator may have moved the server. */
const GONE_PAUSE_MS = 60_000;
const ANSWER_MS = 10_000;

/**
 * Follows a space without end. EventSource comes back by itself after a broken connection, but gives up when it is
 * refused, and does not say why: then the state is asked for, with growing pauses, until there is an answer.
 */
export class Live {
  connection = 'connecting';
  /** When the server was heard last; milliseconds since the epoch. */
  heardAt = 0;
  #base;
  #listeners;
  #source;
  #retry;
  #attempts = 0;

  /** @param listeners `board(state of the board)`, `state(numbers)`, `connection()` when that changed. */
  constructor(base, listeners) {
    this.#base = base;
    this.#listeners = listeners;
  }

  start() {
    setInterval(() => this.#check(), 1_000);
    // When the network comes back or the screen wakes up, the pause is skipped.
    addEventListener('online', () => this.#again());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#again();
    });
    void this.#ask();
  }

  /** Asks for the whole board once more: the day's curve, too. */
  async refresh() {
    const answer = await this.#get();
    if (answer?.ok) this.#listeners.board(await answer.json());
  }

  async #ask() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const answer = await this.#get();
    if (answer?.ok) {
      this.#heard();
      this.#listeners.board(await answer.json());
      this.#open();
    } else if (answer?.status === 404) {
      this.#setConnection('gone');
      this.#later(GONE_PAUSE_MS);
    } else {
      const seconds = Number(answer?.headers.get('retry-after')) || 0;
      this.#later(seconds * 1_000);
    }
  }

  /** @returns the answer, or undefined when there is none. */
  async #get() {
    try {
      return await fetch(`${this.#base}/state`, { signal: AbortSignal.timeout(ANSWER_MS) });
    } catch {
      return undefined;
    }
  }

  #open() {
    this.#source?.close();
    const source = new EventSource(`${this.#base}/stream`);
    this.#source = source;
    const hear = (event, then) =>
      source.addEventListener(event, ({ data }) => {
        this.#heard();
        then(data);
      });
    hear('open', () => undefined);
    hear('beat', () => undefined);
    hear('state', (data) => this.#listeners.state(JSON.parse(data)));
    // The server closes the stream after it; why it did is asked below.
    hear('end', () => this.#lose());
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) this.#lose();
      else if (this.connection === 'live') this.#setConnection('connecting');
    });
  }

  #lose() {
    this.#source?.close();
    this.#source = undefined;
    if (this.connection === 'live') this.#setConnection('connecting');
    this.#later(0);
  }

  #later(atLeast) {
    if (this.#retry !== undefined) return;
    const pause = Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** this.#attempts);
    this.#attempts += 1;
    // Screens that lost one server do not all come back in the same moment.
    this.#retry = setTimeout(() => void this.#ask(), Math.max(atLeast, pause * (0.5 + Math.random() / 2)));
  }

  #again() {
    if (this.#retry !== undefined) void this.#ask();
  }

  #heard() {
    this.heardAt = Date.now();
    this.#attempts = 0;
    this.#setConnection('live');
  }

  #check() {
    if (this.connection === 'gone' || Date.now() - this.heardAt < STALE_MS) return;
    if (this.heardAt > 0) this.#setConnection('stale');
    if (this.#source !== undefined) this.#lose();
  }

  #setConnection(connection) {
    if (connection === this.connection) return;
    this.connection = connection;
    this.#listeners.connection();
  }
}
