import pg from 'pg';

const TIMESTAMPTZ = 1184;
const INT8 = 20;
const DATE = 1082;

/**
 * Values come from the driver in the form that goes on the wire: times as ISO 8601 text in UTC with
 * PostgreSQL's microseconds (a Date would drop them), ids as numbers, dates as text.
 * Every connection of ours runs in UTC, so the text always ends in +00.
 */
export function useWireTypes(): void {
  pg.types.setTypeParser(
    TIMESTAMPTZ,
    (value) => `${value.slice(0, 10)}T${value.slice(11).replace(/\+00$/, '')}Z`,
  );
  pg.types.setTypeParser(INT8, Number);
  pg.types.setTypeParser(DATE, (value) => value);
}
