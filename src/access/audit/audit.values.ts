import { createHash, randomBytes } from 'node:crypto';

/**
 * Fields of a kind of thing whose values are not in the audit's rows but beside them, so that they can be erased without
 * touching a row: `long` text, which a creation leaves out, and what is `personal`.
 */
export interface ValuesApart {
  long?: readonly string[];
  personal?: readonly string[];
}

const kinds = new Map<string, Required<ValuesApart>>();

/** A feature says here which values of its things stand apart. */
export const setValuesApart = (subjectType: string, { long = [], personal = [] }: ValuesApart): void =>
  void kinds.set(subjectType, { long, personal });

/** A value as it stands in `audit_values`; what was null stays in the row. */
export interface ValueApart {
  field: string;
  before?: unknown;
  after?: unknown;
  /** 16 random bytes in hex: equal values have other digests. */
  salt: string;
}

type Values = Record<string, unknown> | undefined;

interface Split {
  before: Values;
  after: Values;
  apart: ValueApart[];
}

/** What stands in a row for a value: SHA-256 over the salt and the value as JSON. */
const digestOf = (salt: string, value: unknown): { sha256: string } => ({
  sha256: createHash('sha256').update(Buffer.from(salt, 'hex')).update(JSON.stringify(value)).digest('hex'),
});

/** The entry of a row with digests in place of the values that stand apart. */
export function setApart({
  subject_type,
  before,
  after,
}: {
  subject_type: string;
  before?: Values;
  after?: Values;
}): Split {
  const kind = kinds.get(subject_type);
  if (kind === undefined) return { before, after, apart: [] };
  const row = { before: before && { ...before }, after: after && { ...after } };
  // The thing itself has the long text that it was made with, or the first later change has it as `before`.
  if (before === undefined) for (const field of kind.long) delete row.after?.[field];
  const apart: ValueApart[] = [];
  for (const field of [...kind.long, ...kind.personal]) {
    const value: ValueApart = { field, salt: '' };
    for (const side of ['before', 'after'] as const) {
      const given = row[side]?.[field] ?? undefined;
      if (given === undefined) continue;
      value.salt ||= randomBytes(16).toString('hex');
      value[side] = given;
      Object.assign(row[side] as object, { [field]: digestOf(value.salt, given) });
    }
    if (value.salt !== '') apart.push(value);
  }
  return { ...row, apart };
}

/** SQL of the values that stand apart from a row of `audit`, one object for each side; what was erased is in neither. */
export const VALUES_APART = `SELECT jsonb_object_agg(field, v.before) FILTER (WHERE v.before IS NOT NULL) AS before,
  jsonb_object_agg(field, v.after) FILTER (WHERE v.after IS NOT NULL) AS after
  FROM audit_values v WHERE v.audit_id = audit.id`;
