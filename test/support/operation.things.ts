import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../../src/platform/database/database.js';
import { insertDoor, insertSpace } from './spaces.js';

export interface MadeUser {
  id: number;
  username: string;
  phone: string;
  email: string;
}

/** Makes things by SQL that an operation can be asked about, each of them new and nobody else's. */
export class Things {
  private last = 0;

  /**
   * @param owner the user who opened the tickets that are made.
   * @param prefix apart from those of others in one database.
   */
  constructor(
    private readonly database: Database,
    private readonly owner: number,
    private readonly prefix: string,
  ) {}

  /** A word that was not given before. */
  next(): string {
    this.last += 1;
    return `${this.prefix}${this.last}`;
  }

  email = (): string => `${this.next()}@example.org`;

  /** With the password of the first users. */
  async user(): Promise<MadeUser> {
    const username = this.next();
    const phone = `+44${String(this.owner).padStart(4, '0')}${String(this.last).padStart(6, '0')}`;
    const email = `${username}@example.org`;
    const { id } = await this.row(
      `INSERT INTO users (username, first_name, last_name, phone, email, roles, password_hash)
       SELECT $1, 'Made', 'User', $2, $3, '{support}', password_hash FROM users WHERE username = 'support' RETURNING id`,
      [username, phone, email],
    );
    return { id: Number(id), username, phone, email };
  }

  async employee(): Promise<number> {
    const { id } = await this.row(
      `INSERT INTO employees (first_name, last_name, email) VALUES ('Made', 'Employee', $1) RETURNING id`,
      [this.email()],
    );
    return Number(id);
  }

  async ticket(): Promise<number> {
    const { id } = await this.row(
      `INSERT INTO tickets (title, description, status, priority, employee_id, created_by)
       VALUES ('Made', '', 'new', 'normal', $1, $2) RETURNING id`,
      [await this.employee(), this.owner],
    );
    return Number(id);
  }

  /** With so many people inside. */
  async space(inside = 0): Promise<{ id: string; path: string[] }> {
    const space = await insertSpace(this.database, { capacity: 100 });
    await this.row(`UPDATE space_counts SET inside = $2 WHERE space_id = $1 RETURNING space_id AS id`, [
      space.id,
      inside,
    ]);
    return space;
  }

  async door(): Promise<string> {
    return insertDoor(this.database, null, await this.space());
  }

  async device(): Promise<string> {
    return this.uuid(`INSERT INTO devices (id, name) VALUES ($1, 'Made') RETURNING id`);
  }

  async display(): Promise<{ id: string; space_id: string; secret: string }> {
    const secret = randomBytes(32).toString('base64url');
    const { id: space_id } = await this.space();
    const id = await this.uuid(
      `INSERT INTO display_tokens (id, space_id, name, hash) VALUES ($1, $2, 'Made', $3) RETURNING id`,
      [space_id, createHash('sha256').update(secret).digest()],
    );
    return { id, space_id, secret };
  }

  private async uuid(text: string, values: unknown[] = []): Promise<string> {
    return String((await this.row(text, [randomUUID(), ...values])).id);
  }

  private async row(text: string, values: unknown[]): Promise<{ id: unknown }> {
    const [row] = await this.database.query<{ id: unknown }>({ text, values });
    if (row === undefined) throw new Error(`nothing was made by ${text}`);
    return row;
  }
}
