import { z } from 'zod';
import type { JsonSchema } from '../openapi/json-schema.js';

/** A field whose description says this holds a secret, wherever in a body it stands. */
const SECRET_FORMAT = 'password';

type Node = JsonSchema & {
  $ref?: string;
  format?: string;
  properties?: Record<string, Node>;
  items?: Node;
  oneOf?: Node[];
  allOf?: Node[];
  $defs?: Record<string, Node>;
};

const descriptions = new WeakMap<z.ZodType, Node>();
/** By the body or query itself: a service that is handed a checked copy still knows what the request was read with. */
const readWith = new WeakMap<object, z.ZodType>();

/** Keeps which schema a body or a query was checked against. */
export function keepSchemaOf(value: unknown, schema: z.ZodType): void {
  if (typeof value === 'object' && value !== null) readWith.set(value, schema);
}

/** Whether a schema was asked about a body or a query: what it says means something to the operation. */
export const wasRead = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && readWith.has(value);

function describe(schema: z.ZodType): Node {
  const known =
    descriptions.get(schema) ?? (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node);
  descriptions.set(schema, known);
  return known;
}

/**
 * A body apart from its secrets. Of a body that was not read nothing is kept.
 * @returns the body with null in place of each secret, and the secrets in their order.
 */
export function separateSecrets(body: unknown): { rest: unknown; secrets: unknown[] } {
  const schema = wasRead(body) ? readWith.get(body) : undefined;
  if (schema === undefined) return { rest: null, secrets: [] };
  const root = describe(schema);
  const secrets: unknown[] = [];

  const separate = (node: Node | undefined, value: unknown): unknown => {
    if (node?.$ref !== undefined) return separate(root.$defs?.[node.$ref.replace('#/$defs/', '')], value);
    if (node === undefined || value === null) return value;
    if (node.format === SECRET_FORMAT) {
      secrets.push(value);
      return null;
    }
    const { anyOf = [], oneOf = [], allOf = [] } = node;
    const rest = ([...anyOf, ...oneOf, ...allOf] as Node[]).reduce<unknown>(
      (left, each) => separate(each, left),
      value,
    );
    if (Array.isArray(rest)) return rest.map((item) => separate(node.items, item));
    if (typeof rest !== 'object' || rest === null) return rest;
    return Object.fromEntries(
      Object.entries(rest).map(([name, member]) => [name, separate(node.properties?.[name], member)]),
    );
  };

  return { rest: separate(root, body), secrets };
}
