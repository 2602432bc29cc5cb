-- What the file holds, a row a fact: table, item, value. Virtual tables, which have no page of their own, are left out:
-- their modules may not be there.
WITH here AS (
    SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
), attributes AS (
    SELECT h.name AS on_table, c.* FROM here h, pragma_table_xinfo(h.name) c WHERE c.hidden <> 1
), indexes AS (
    SELECT h.name AS on_table, i.name, i."unique" AS is_unique, i.origin, i.partial,
        replace(replace(m.sql, char(10), ' '), char(9), ' ') AS text
    FROM here h, pragma_index_list(h.name) i LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = i.name
), parts AS (
    SELECT i.on_table, i.name,
        '(' || group_concat(
            x.name || CASE x.coll WHEN 'BINARY' THEN '' ELSE ' collate ' || lower(x.coll) END
                || CASE x.desc WHEN 1 THEN ' desc' ELSE '' END,
            ', ' ORDER BY x.seqno) || ')' AS columns,
        count(*) = count(x.name) AS is_plain
    FROM indexes i, pragma_index_xinfo(i.name) x WHERE x.key = 1
    GROUP BY i.on_table, i.name
), keys AS (
    SELECT h.name AS on_table, f.id, f."table" AS target, f.on_update, f.on_delete,
        '(' || group_concat(f."from", ', ' ORDER BY f.seq) || ')' AS columns,
        coalesce(' (' || group_concat(f."to", ', ' ORDER BY f.seq) || ')', '') AS targets
    FROM here h, pragma_foreign_key_list(h.name) f
    GROUP BY h.name, f.id
)
SELECT name, 'table', '' FROM here
UNION ALL
SELECT on_table, 'column ' || name, lower(type) || CASE "notnull" WHEN 1 THEN ' not null' ELSE '' END FROM attributes
UNION ALL
SELECT on_table, 'default of ' || name, '' FROM attributes WHERE dflt_value IS NOT NULL OR hidden > 1
UNION ALL
SELECT on_table, 'primary key', '(' || group_concat(name, ', ' ORDER BY pk) || ')'
FROM attributes WHERE pk > 0 GROUP BY on_table
UNION ALL
SELECT i.on_table, 'unique ' || p.columns, ''
FROM indexes i JOIN parts p ON p.on_table = i.on_table AND p.name = i.name WHERE i.origin = 'u'
UNION ALL
SELECT on_table, 'foreign key ' || columns || ' to ' || target || targets,
    ltrim(
        CASE on_delete WHEN 'NO ACTION' THEN '' ELSE ' on delete ' || lower(on_delete) END
        || CASE on_update WHEN 'NO ACTION' THEN '' ELSE ' on update ' || lower(on_update) END
    )
FROM keys
UNION ALL
SELECT i.on_table, 'index ' || i.name,
    CASE i.is_unique WHEN 1 THEN 'unique ' ELSE '' END
    || CASE
        WHEN NOT p.is_plain THEN substr(i.text, instr(i.text, '('))
        WHEN i.partial = 1 THEN p.columns || ' where ' || substr(i.text, instr(lower(i.text), ' where ') + 7)
        ELSE p.columns
    END
FROM indexes i JOIN parts p ON p.on_table = i.on_table AND p.name = i.name WHERE i.origin = 'c'
