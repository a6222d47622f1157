/** Microseconds since the epoch: as exact as PostgreSQL's timestamptz, and a safe integer until the year 2255. */
export type Micros = number;

export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;

const FRACTION = /\.(\d+)/;

/** @param iso ISO 8601 with an offset or `Z`; digits beyond the microsecond are cut off. */
export function toMicros(iso: string): Micros {
  const fraction = FRACTION.exec(iso)?.[1] ?? '';
  return Date.parse(iso.replace(FRACTION, '')) * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** ISO 8601 in UTC with six digits of a second. */
export function toIso(micros: Micros): string {
  const milliseconds = Math.floor(micros / 1_000);
  const rest = String(micros - milliseconds * 1_000).padStart(3, '0');
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z`;
}

/** The SQL that reads a timestamptz as such a number. */
export const micros = (expression: string): string => `(extract(epoch FROM ${expression}) * 1000000)::bigint`;
