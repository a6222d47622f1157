import { z } from 'zod';

export type JsonSchema = Record<string, unknown> & {
  type?: string | string[];
  anyOf?: JsonSchema[];
  enum?: unknown[];
};

/** `x | null` as one list of types instead of an `anyOf`: shorter to read, and for a serialiser no choice at run time. */
export function foldNull(node: JsonSchema): void {
  const [value, nothing] = node.anyOf ?? [];
  if (
    node.anyOf?.length !== 2 ||
    value === undefined ||
    nothing?.type !== 'null' ||
    typeof value.type !== 'string'
  )
    return;
  const { type, enum: names, ...rest } = value;
  delete node.anyOf;
  Object.assign(node, { ...rest, ...node, type: [type, 'null'], ...(names && { enum: [...names, null] }) });
}

/** What only JavaScript needs: the bounds of its integers, and a format written out as a pattern. */
function dropNoise(node: JsonSchema): void {
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  if (node.format === 'date-time' || node.format === 'date') delete node.pattern;
}

/**
 * A Zod schema as OpenAPI 3.1 takes it: JSON Schema 2020-12, named schemas as components.
 * @returns undefined for what is no Zod schema.
 */
export function describeSchema(
  schema: unknown,
  { schemaType }: { schemaType: 'input' | 'output' },
): { schema: JsonSchema; components: Record<string, JsonSchema> } | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const {
    $schema: _,
    $defs = {},
    ...described
  } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: schemaType,
    override: ({ zodSchema, jsonSchema }) => {
      const node = jsonSchema as JsonSchema;
      foldNull(node);
      dropNoise(node);
      // Zod leaves out the default of what it transforms, though the client does not see the difference.
      if (zodSchema instanceof z.ZodDefault && node.default === undefined)
        node.default = zodSchema.def.defaultValue;
    },
  });
  return { schema: described, components: $defs };
}
