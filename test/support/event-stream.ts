import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** One message of a stream as a reader sees it, and when it came (`performance.now()`). */
export interface StreamEvent {
  event: string;
  id: string | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the server sent; each test asserts the part it reads.
  data: any;
  at: number;
}

interface OpenOptions {
  token?: string;
  lastEventId?: string;
  method?: string;
}

const PATIENCE_MS = 10_000;

/** A reader of Server-Sent Events that a test can look into. */
export class EventReader {
  readonly events: StreamEvent[] = [];
  comments = 0;
  retry: number | undefined;
  isClosed = false;
  private readonly waiting = new Set<() => void>();
  private text = '';

  private constructor(
    private readonly asked: ClientRequest,
    readonly answer: IncomingMessage,
  ) {
    answer.setEncoding('utf8').on('data', (piece: string) => this.read(piece));
    answer.on('close', () => {
      this.isClosed = true;
      this.wake();
    });
    answer.on('error', () => undefined); // The end is told by close.
  }

  /** Resolves when the head of the answer has come, whatever its status. */
  static open(url: string, { token, lastEventId, method = 'GET' }: OpenOptions = {}): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      const asked = request(url, {
        method,
        agent: false,
        headers: {
          accept: 'text/event-stream',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
      });
      asked.once('response', (answer) => resolve(new EventReader(asked, answer)));
      asked.once('error', reject);
      asked.end();
    });
  }

  get status(): number {
    return this.answer.statusCode ?? 0;
  }

  get headers(): IncomingHttpHeaders {
    return this.answer.headers;
  }

  /** What came so far of an answer that is no stream. */
  get body(): string {
    return this.text;
  }

  get ids(): (string | undefined)[] {
    return this.events.filter(({ event }) => event === 'state').map(({ id }) => id);
  }

  /** The first message that is so, now or later. */
  async first(wanted: (event: StreamEvent) => boolean, patience = PATIENCE_MS): Promise<StreamEvent> {
    await this.until(() => this.events.some(wanted), patience);
    return this.events.find(wanted) as StreamEvent;
  }

  state(seq: number, patience?: number): Promise<StreamEvent> {
    return this.first(({ event, data }) => event === 'state' && data.seq >= seq, patience);
  }

  closed(patience?: number): Promise<void> {
    return this.until(() => this.isClosed, patience);
  }

  async until(condition: () => boolean, patience = PATIENCE_MS): Promise<void> {
    const end = performance.now() + patience;
    while (!condition()) {
      const left = end - performance.now();
      if (left <= 0) throw new Error(`it never came: ${JSON.stringify(this.events)} ${this.text}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, left);
        const { waiting } = this;
        function done(): void {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
    }
  }

  /** Takes nothing any more, as a reader whose network stands still. */
  pause(): void {
    this.answer.pause();
  }

  resume(): void {
    this.answer.resume();
  }

  leave(): void {
    this.asked.destroy();
  }

  private read(piece: string): void {
    this.text += piece;
    const blocks = this.text.split('\n\n');
    if (this.headers['content-type']?.startsWith('text/event-stream')) {
      this.text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
    this.wake();
  }

  private take(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (name === '') this.comments += 1;
      else fields.set(name, value);
    }
    if (fields.has('retry')) this.retry = Number(fields.get('retry'));
    const data = fields.get('data');
    if (data === undefined) return;
    this.events.push({
      event: fields.get('event') ?? 'message',
      id: fields.get('id'),
      data: JSON.parse(data),
      at: performance.now(),
    });
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}
