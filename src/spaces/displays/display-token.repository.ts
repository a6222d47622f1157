import { Injectable } from '@nestjs/common';
import { type DisplayPrincipal, type Principal, rightsTo } from '../../access/principal.js';
import { Database, type Queryable } from '../../platform/database/database.js';
import { meaningOf } from '../../platform/errors/postgres.js';
import { conflict, Problem } from '../../platform/errors/problem.js';
import { type Page, readPage } from '../../platform/pagination/page.js';
import { alsoOneOf, where } from '../../platform/pagination/page.reading.js';
import type { DisplayTokenQuery } from './display-token.schemas.js';
import { visibleDisplayTokens } from './display-token.visibility.js';

/** What a display may do, for its own space. */
const RIGHTS = rightsTo('space:watch');

/** Lets whoever holds its secret read one space, and nothing else. */
export interface DisplayToken {
  id: string;
  space_id: string;
  name: string;
  created_at: string;
}

/** Whoever shows the board of a token. */
export const displayOf = ({ id, space_id, name }: DisplayToken): DisplayPrincipal => ({
  type: 'display',
  id,
  space_id,
  name,
  client_id: null,
  rank: 0,
  rights: RIGHTS,
});

const COLUMNS = 'id, space_id, name, created_at';

const LIST = {
  from: 'display_tokens',
  columns: COLUMNS,
  ids: 'uuid',
  sorts: { id: { column: 'id', type: 'uuid' } },
} as const;

meaningOf('display_tokens_pkey', () => conflict('id_taken', 'There is a display token with this id.'));
meaningOf(
  'display_tokens_space_id_fkey',
  (cause) => new Problem(404, 'not_found', 'This space was deleted meanwhile.', { cause, reason: 'space' }),
);

@Injectable()
export class DisplayTokenRepository {
  constructor(private readonly database: Database) {}

  async findByHash(hash: Buffer): Promise<DisplayToken | undefined> {
    const [row] = await this.database.query<DisplayToken>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM display_tokens WHERE hash = $1`,
      values: [hash],
    });
    return row;
  }

  /** Those that are open now, in the order of their ids as given; undefined for one that was revoked. */
  async principals(db: Queryable, ids: readonly string[]): Promise<(DisplayPrincipal | undefined)[]> {
    const rows = await db.query<DisplayToken>({
      prepare: true,
      text: `SELECT ${COLUMNS} FROM display_tokens WHERE id = ANY ($1)`,
      values: [ids],
    });
    const found = new Map(rows.map((row) => [row.id, displayOf(row)]));
    return ids.map((id) => found.get(id));
  }

  async findForChange(tx: Queryable, principal: Principal, id: string): Promise<DisplayToken | undefined> {
    const visible = alsoOneOf(visibleDisplayTokens(principal), 2);
    const [row] = await tx.query<DisplayToken>({
      text: `SELECT ${COLUMNS} FROM display_tokens WHERE id = $1${visible.sql} FOR UPDATE`,
      values: [id, ...visible.values],
    });
    return row;
  }

  page(principal: Principal, spaceId: string, query: DisplayTokenQuery): Promise<Page<DisplayToken>> {
    const ofSpace = [where('space_id = ?', spaceId)];
    const sorted = { ...query, sort: '-id' };
    return readPage<DisplayToken>(this.database, LIST, ofSpace, sorted, visibleDisplayTokens(principal));
  }

  async insert(tx: Queryable, token: Omit<DisplayToken, 'created_at'>, hash: Buffer): Promise<DisplayToken> {
    const [row] = await tx.query<DisplayToken>({
      text: `INSERT INTO display_tokens (id, space_id, name, hash) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
      values: [token.id, token.space_id, token.name, hash],
    });
    return row as DisplayToken;
  }

  /** Deletes all tokens of these spaces. @returns them as they were. */
  removeOfSpaces(tx: Queryable, spaceIds: readonly string[]): Promise<DisplayToken[]> {
    return tx.query<DisplayToken>({
      text: `DELETE FROM display_tokens WHERE space_id = ANY ($1) RETURNING ${COLUMNS}`,
      values: [spaceIds],
    });
  }

  async remove(tx: Queryable, id: string): Promise<void> {
    await tx.query({ text: 'DELETE FROM display_tokens WHERE id = $1', values: [id] });
  }
}
