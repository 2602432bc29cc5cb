-- What the current schema holds, a row a fact: table, item, value. Names and types come from the catalogues and not from
-- whole definitions, whose text differs between versions of the server.
WITH here AS (
    SELECT c.oid, c.relname::text AS name, c.relpersistence
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
), attributes AS (
    SELECT h.name AS on_table, a.*
    FROM here h JOIN pg_attribute a ON a.attrelid = h.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped
), constraints AS (
    SELECT h.name AS on_table, c.*,
        '(' || (
            SELECT string_agg(a.attname::text, ', ' ORDER BY k.place)
            FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
        ) || ')' AS columns,
        CASE WHEN c.condeferrable THEN ' deferrable' ELSE '' END
            || CASE WHEN c.convalidated THEN '' ELSE ' not valid' END AS marks
    FROM here h JOIN pg_constraint c ON c.conrelid = h.oid
)
SELECT name, 'table', CASE relpersistence WHEN 'u' THEN 'unlogged' ELSE '' END FROM here
UNION ALL
SELECT on_table, 'column ' || attname,
    format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END
FROM attributes
UNION ALL
SELECT on_table, 'default of ' || attname, '' FROM attributes WHERE atthasdef OR attidentity <> ''
UNION ALL
SELECT on_table, 'primary key', columns || marks FROM constraints WHERE contype = 'p'
UNION ALL
SELECT on_table, 'unique ' || columns, ltrim(marks) FROM constraints WHERE contype = 'u'
UNION ALL
SELECT on_table, 'check ' || conname, ltrim(marks) FROM constraints WHERE contype = 'c'
UNION ALL
SELECT c.on_table,
    'foreign key ' || c.columns || ' to ' || r.relname || ' (' || (
        SELECT string_agg(a.attname::text, ', ' ORDER BY k.place)
        FROM unnest(c.confkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum
    ) || ')',
    ltrim(
        CASE c.confdeltype WHEN 'c' THEN ' on delete cascade' WHEN 'n' THEN ' on delete set null'
            WHEN 'd' THEN ' on delete set default' WHEN 'r' THEN ' on delete restrict' ELSE '' END
        || CASE c.confupdtype WHEN 'c' THEN ' on update cascade' WHEN 'n' THEN ' on update set null'
            WHEN 'd' THEN ' on update set default' WHEN 'r' THEN ' on update restrict' ELSE '' END
        || c.marks
    )
FROM constraints c JOIN pg_class r ON r.oid = c.confrelid WHERE c.contype = 'f'
UNION ALL
SELECT h.name, 'index ' || ic.relname,
    CASE WHEN i.indisunique THEN 'unique ' ELSE '' END
    || CASE am.amname WHEN 'btree' THEN '' ELSE 'using ' || am.amname || ' ' END
    || '(' || (
        SELECT string_agg(
            pg_get_indexdef(i.indexrelid, place, false)
                || CASE i.indoption[place - 1] & 3 WHEN 1 THEN ' desc nulls last' WHEN 2 THEN ' nulls first'
                    WHEN 3 THEN ' desc' ELSE '' END,
            ', ' ORDER BY place)
        FROM generate_series(1, i.indnkeyatts::int) AS k (place)
    ) || ')'
    || coalesce(' include (' || (
        SELECT string_agg(pg_get_indexdef(i.indexrelid, place, false), ', ' ORDER BY place)
        FROM generate_series(i.indnkeyatts::int + 1, i.indnatts::int) AS k (place)
    ) || ')', '')
    || coalesce(' where ' || pg_get_expr(i.indpred, i.indrelid), '')
    || CASE WHEN i.indisvalid THEN '' ELSE ' not valid' END
FROM here h
JOIN pg_index i ON i.indrelid = h.oid
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_am am ON am.oid = ic.relam
WHERE NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
