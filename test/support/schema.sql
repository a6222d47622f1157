-- The whole of the schema public, told by the catalogue, a line a row: what migrations/schema.txt is made of. Rights are left
-- out, for the roles are the installation's.
WITH described (object, place, name, line) AS (
  -- Tables and their columns
  SELECT 'table ' || c.relname, 0, '', 'table ' || c.relname
         || CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END
         || CASE c.relkind WHEN 'p' THEN ' partition by ' || pg_get_partkeydef(c.oid) ELSE '' END
         || CASE WHEN c.relrowsecurity THEN ' row security' ELSE '' END
         || coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')
         || coalesce(' -- ' || obj_description(c.oid, 'pg_class'), '')
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  UNION ALL
  SELECT 'table ' || c.relname, 1, lpad(a.attnum::text, 4, '0'), '  ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
         || CASE WHEN a.attcollation NOT IN (0, 'pg_catalog.default'::regcollation) THEN ' collate ' || a.attcollation::regcollation ELSE '' END
         || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
         || CASE a.attidentity WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' ELSE '' END
         || coalesce(CASE a.attgenerated WHEN '' THEN ' default ' ELSE ' generated ' || a.attgenerated::text || ' ' END
                     || pg_get_expr(d.adbin, d.adrelid), '')
         || coalesce(' -- ' || col_description(c.oid, a.attnum), '')
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  UNION ALL
  -- A column's NOT NULL, which from PostgreSQL 18 on is a constraint as well, stands with the column.
  SELECT 'table ' || c.relname, 2, o.conname, '  constraint ' || o.conname || ' ' || pg_get_constraintdef(o.oid)
         || coalesce(' -- ' || obj_description(o.oid, 'pg_constraint'), '')
  FROM pg_class c JOIN pg_constraint o ON o.conrelid = c.oid AND o.contype NOT IN ('n', 't')
  WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'table ' || c.relname, 3, i.indexrelid::regclass::text, '  ' || pg_get_indexdef(i.indexrelid)
         || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
         || coalesce(' -- ' || obj_description(i.indexrelid, 'pg_class'), '')
  FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm')
    AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT 'table ' || c.relname, 4, t.tgname, '  ' || pg_get_triggerdef(t.oid)
         || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' enabled ' || t.tgenabled::text END
         || coalesce(' -- ' || obj_description(t.oid, 'pg_trigger'), '')
  FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
  WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'table ' || tablename, 5, policyname, '  policy ' || policyname || ' ' || permissive || ' ' || cmd || ' to ' || roles::text
         || coalesce(' using ' || qual, '') || coalesce(' with check ' || with_check, '')
  FROM pg_policies WHERE schemaname = 'public'
  UNION ALL
  SELECT 'view ' || c.relname, 0, '', CASE c.relkind WHEN 'm' THEN 'materialized ' ELSE '' END || 'view ' || c.relname || E'\n' || pg_get_viewdef(c.oid)
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
  UNION ALL
  SELECT 'sequence ' || c.relname, 0, '', 'sequence ' || c.relname || ' ' || format_type(s.seqtypid, NULL) || ' from ' || s.seqstart || ' by ' || s.seqincrement
         || ' between ' || s.seqmin || ' and ' || s.seqmax || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END
         || coalesce(' owned by ' || d.refobjid::regclass || '.' || a.attname, '')
  FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'type ' || t.typname, 0, '', 'type ' || t.typname
         || CASE t.typtype
              WHEN 'e' THEN ' enum ' || (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
              WHEN 'd' THEN ' domain ' || format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END
                || coalesce((SELECT string_agg(' ' || pg_get_constraintdef(o.oid), '' ORDER BY o.conname COLLATE "C") FROM pg_constraint o WHERE o.contypid = t.oid), '')
              ELSE ' ' || t.typtype::text END
  FROM pg_type t
  WHERE t.typnamespace = 'public'::regnamespace AND t.typtype <> 'b' AND NOT (t.typtype = 'c' AND EXISTS (
    SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c'))
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', 0, '',
         rtrim(pg_get_functiondef(p.oid), E'\n') || coalesce(E'\n-- ' || obj_description(p.oid, 'pg_proc'), '')
  FROM pg_proc p
  WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 'extension ' || e.extname, 0, '', 'extension ' || e.extname FROM pg_extension e WHERE e.extname <> 'plpgsql'
)
SELECT string_agg(line, E'\n' ORDER BY place, name COLLATE "C") || E'\n' AS described
FROM described GROUP BY object ORDER BY object COLLATE "C"
