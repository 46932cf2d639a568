-- Redshift's own functions and views, in each database. It runs again after each change of it.
CREATE SCHEMA IF NOT EXISTS redshift_sql;
GRANT USAGE ON SCHEMA redshift_sql TO PUBLIC;

-- Errors

CREATE OR REPLACE FUNCTION redshift_sql.fail(code text, message text, detail text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF detail IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
  END IF;
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail;
END $$;

-- The session

CREATE OR REPLACE FUNCTION redshift_sql.version() RETURNS varchar LANGUAGE sql IMMUTABLE AS $$
  SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 '
         '(Red Hat 3.4.2-6.fc3), Redshift 1.0.0 (local engine)'::varchar $$;
CREATE OR REPLACE FUNCTION redshift_sql.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('redshift.copied', true), ''), '0')::bigint $$;
CREATE OR REPLACE FUNCTION redshift_sql.pg_last_unload_count() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('redshift.unloaded', true), ''), '0')::bigint $$;

-- Numbers

-- Cut, not rounded, to the scale that Redshift gives the result.
CREATE OR REPLACE FUNCTION redshift_sql.quotient(a numeric, b numeric, scale int) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT trunc(div(a * (10::numeric ^ scale), b) / (10::numeric ^ scale), scale) $$;

CREATE OR REPLACE FUNCTION redshift_sql.whole(x numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF trunc(x) <> x THEN
    RAISE EXCEPTION USING ERRCODE = '0A000',
      MESSAGE = format('a cast of %s to a whole number is not supported by the LOCAL engine', x),
      DETAIL = 'Say with ROUND, FLOOR or TRUNC what becomes of the fraction.';
  END IF;
  RETURN x;
END $$;

CREATE OR REPLACE FUNCTION redshift_sql.exactly(x numeric, digits int) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF trunc(x, digits) <> x THEN
    RAISE EXCEPTION USING ERRCODE = '0A000',
      MESSAGE = format('a cast of %s to %s decimals is not supported by the LOCAL engine', x, digits),
      DETAIL = 'It would lose digits: cast to a decimal that holds them, then use ROUND.';
  END IF;
  RETURN x;
END $$;

CREATE OR REPLACE FUNCTION redshift_sql.not_negative(n bigint) RETURNS int
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF n < 0 THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a negative length is not allowed';
  END IF;
  RETURN n;
END $$;

CREATE OR REPLACE FUNCTION redshift_sql.strtol(digits text, base int) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  total numeric := 0;
  digit int;
  negative boolean := left(digits, 1) = '-';
BEGIN
  IF base NOT BETWEEN 2 AND 36 THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the base must be between 2 and 36';
  END IF;
  FOR i IN 1 .. char_length(ltrim(digits, '-')) LOOP
    digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', lower(substr(ltrim(digits, '-'), i, 1))) - 1;
    IF digit < 0 OR digit >= base THEN
      RAISE EXCEPTION USING ERRCODE = '22P02',
        MESSAGE = format('The input %s is not valid to be converted to base %s', digits, base);
    END IF;
    total := total * base + digit;
  END LOOP;
  RETURN CASE WHEN negative THEN -total ELSE total END;
END $$;

-- Strings

CREATE OR REPLACE FUNCTION redshift_sql.first_bytes(value text, size int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  cut text;
BEGIN
  IF octet_length(value) <= size THEN
    RETURN value;
  END IF;
  cut := left(value, size);
  WHILE octet_length(cut) > size LOOP
    cut := left(cut, char_length(cut) - 1);
  END LOOP;
  RETURN cut;
END $$;

CREATE OR REPLACE FUNCTION redshift_sql.fitting(value text, size int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF octet_length(value) > size THEN
    RAISE EXCEPTION USING ERRCODE = '22001',
      MESSAGE = format('value too long for type character varying(%s)', size);
  END IF;
  RETURN value;
END $$;

CREATE OR REPLACE FUNCTION redshift_sql.split_part(value text, delimiter text, part int) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF part < 1 THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the part must be greater than 0';
  END IF;
  RETURN pg_catalog.split_part(value, delimiter, part);
END $$;

CREATE OR REPLACE FUNCTION redshift_sql.sha2(value text, bits int) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE bits
    WHEN 0 THEN encode(sha256(convert_to(value, 'UTF8')), 'hex')
    WHEN 224 THEN encode(sha224(convert_to(value, 'UTF8')), 'hex')
    WHEN 256 THEN encode(sha256(convert_to(value, 'UTF8')), 'hex')
    WHEN 384 THEN encode(sha384(convert_to(value, 'UTF8')), 'hex')
    WHEN 512 THEN encode(sha512(convert_to(value, 'UTF8')), 'hex')
  END $$;

-- Dates, in UTC. SYSDATE is the start of the transaction, GETDATE that of the statement.

CREATE OR REPLACE FUNCTION redshift_sql.getdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
  SELECT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC') $$;
CREATE OR REPLACE FUNCTION redshift_sql.sysdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
  SELECT now() AT TIME ZONE 'UTC' $$;
CREATE OR REPLACE FUNCTION redshift_sql.today() RETURNS date LANGUAGE sql STABLE AS $$
  SELECT (now() AT TIME ZONE 'UTC')::date $$;

CREATE OR REPLACE FUNCTION redshift_sql.text_to_timestamp(value text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF btrim(value) !~ '^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$'
     AND btrim(value) !~ '^\d{8}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$' THEN
    RAISE EXCEPTION USING ERRCODE = '22007',
      MESSAGE = format('invalid input syntax for type timestamp: "%s"', value),
      DETAIL = 'The LOCAL engine reads YYYY-MM-DD and YYYY-MM-DD HH:MI:SS only.';
  END IF;
  RETURN value::timestamp;
END $$;

CREATE OR REPLACE FUNCTION redshift_sql.text_to_date(value text) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT redshift_sql.text_to_timestamp(value)::date $$;

CREATE OR REPLACE FUNCTION redshift_sql.text_to_timestamptz(value text) RETURNS timestamptz
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF btrim(value) !~ '^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?)? ?(Z|UTC|[+-]\d{2}(:?\d{2})?)?$' THEN
    RAISE EXCEPTION USING ERRCODE = '22007',
      MESSAGE = format('invalid input syntax for type timestamp with time zone: "%s"', value),
      DETAIL = 'The LOCAL engine reads YYYY-MM-DD HH:MI:SS with Z, UTC or an offset only.';
  END IF;
  RETURN value::timestamptz;
END $$;

-- The 29th of February plus a year is the 1st of March; plus twelve months it is the 28th.
CREATE OR REPLACE FUNCTION redshift_sql.dateadd(part text, n bigint, start timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE
    WHEN part = 'year' AND to_char(start, 'MMDD') = '0229'
         AND to_char(start + make_interval(years => n::int), 'MMDD') = '0228'
      THEN start + make_interval(years => n::int) + interval '1 day'
    WHEN part = 'year' THEN start + make_interval(years => n::int)
    WHEN part = 'quarter' THEN start + make_interval(months => (3 * n)::int)
    WHEN part = 'month' THEN start + make_interval(months => n::int)
    WHEN part = 'week' THEN start + make_interval(weeks => n::int)
    WHEN part = 'day' THEN start + make_interval(days => n::int)
    ELSE start + n * ('1 ' || part)::interval
  END $$;
CREATE OR REPLACE FUNCTION redshift_sql.dateadd(part text, n bigint, start timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
  SELECT redshift_sql.dateadd(part, n, start AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' $$;

-- Counts the boundaries between two moments. Where the week begins is not documented: a count
-- that depends on it is refused.
CREATE OR REPLACE FUNCTION redshift_sql.datediff(part text, a timestamp, b timestamp) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  by_monday bigint;
  by_sunday bigint;
BEGIN
  IF part = 'year' THEN
    RETURN extract(year FROM b) - extract(year FROM a);
  ELSIF part = 'quarter' THEN
    RETURN (extract(year FROM b) * 4 + extract(quarter FROM b))
         - (extract(year FROM a) * 4 + extract(quarter FROM a));
  ELSIF part = 'month' THEN
    RETURN (extract(year FROM b) * 12 + extract(month FROM b))
         - (extract(year FROM a) * 12 + extract(month FROM a));
  ELSIF part = 'day' THEN
    RETURN b::date - a::date;
  ELSIF part = 'week' THEN
    by_monday := (date_trunc('week', b)::date - date_trunc('week', a)::date) / 7;
    by_sunday := (date_trunc('week', b + interval '1 day')::date
                - date_trunc('week', a + interval '1 day')::date) / 7;
    IF by_monday <> by_sunday THEN
      RAISE EXCEPTION USING ERRCODE = '0A000',
        MESSAGE = 'DATEDIFF in weeks of these dates is not supported by the LOCAL engine',
        DETAIL = 'It depends on the day that weeks begin with. Count days, or DATE_TRUNC first.';
    END IF;
    RETURN by_monday;
  END IF;
  RETURN trunc(extract(epoch FROM date_trunc(part, b) - date_trunc(part, a))
             / extract(epoch FROM ('1 ' || part)::interval));
END $$;

CREATE OR REPLACE FUNCTION redshift_sql.last_day(moment timestamp) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (date_trunc('month', moment) + interval '1 month' - interval '1 day')::date $$;

CREATE OR REPLACE FUNCTION redshift_sql.add_months(moment timestamp, n bigint) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN moment::date = redshift_sql.last_day(moment)
    THEN redshift_sql.last_day(moment + make_interval(months => n::int)) + moment::time
    ELSE moment + make_interval(months => n::int)
  END $$;

CREATE OR REPLACE FUNCTION redshift_sql.months_between(a timestamp, b timestamp) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (extract(year FROM a) - extract(year FROM b)) * 12 + extract(month FROM a) - extract(month FROM b)
    + CASE
      WHEN extract(day FROM a) = extract(day FROM b) THEN 0
      WHEN a::date = redshift_sql.last_day(a) AND b::date = redshift_sql.last_day(b) THEN 0
      ELSE (extract(day FROM a) - extract(day FROM b)
            + (extract(epoch FROM a::time) - extract(epoch FROM b::time)) / 86400) / 31
    END $$;

CREATE OR REPLACE FUNCTION redshift_sql.next_day(moment timestamp, day text) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  wanted int := array_position(ARRAY['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'], lower(left(day, 2))) - 1;
  ahead int;
BEGIN
  IF wanted IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('"%s" is no day of the week', day);
  END IF;
  ahead := (wanted - extract(dow FROM moment)::int + 7) % 7;
  RETURN moment::date + CASE WHEN ahead = 0 THEN 7 ELSE ahead END;
END $$;

-- JSON

CREATE OR REPLACE FUNCTION redshift_sql.is_valid_json(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT value IS JSON OBJECT OR value IS JSON ARRAY $$;

CREATE OR REPLACE FUNCTION redshift_sql.json_parse(value text) RETURNS json
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT regexp_replace(value::json::text, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')::json $$;

CREATE OR REPLACE FUNCTION redshift_sql.json_serialize(value json) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT value::text $$;

CREATE OR REPLACE FUNCTION redshift_sql.json_array_length(value text) RETURNS int
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT pg_catalog.json_array_length(value::json) $$;

CREATE OR REPLACE FUNCTION redshift_sql.json_extract_array_element_text(value text, n int) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN n >= 0 THEN coalesce(value::json ->> n, '') ELSE '' END $$;

CREATE OR REPLACE FUNCTION redshift_sql.json_extract_path_text(value text, path text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT coalesce(value::json #>> path, '') $$;

-- The catalog, as Redshift shows it

CREATE OR REPLACE VIEW redshift_sql.visible_tables AS
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.reltuples, d.description
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
   WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname NOT LIKE 'pg_%'
     AND n.nspname NOT IN ('information_schema', 'redshift_sql')
     AND has_schema_privilege(n.oid, 'USAGE');

CREATE OR REPLACE VIEW redshift_sql.visible_columns AS
  SELECT t.oid, t.nspname, t.relname, t.relkind, a.attname, a.attnum, a.attnotnull,
         format_type(a.atttypid, a.atttypmod) AS type_name, format_type(a.atttypid, NULL) AS data_type,
         pg_get_expr(f.adbin, f.adrelid) AS default_value,
         CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS size,
         CASE WHEN a.atttypid = 1700 THEN ((a.atttypmod - 4) >> 16) & 65535
              WHEN a.atttypid = 21 THEN 16 WHEN a.atttypid = 23 THEN 32 WHEN a.atttypid = 20 THEN 64
         END AS precision,
         CASE WHEN a.atttypid = 1700 THEN (a.atttypmod - 4) & 65535
              WHEN a.atttypid IN (20, 21, 23) THEN 0 END AS scale,
         col_description(t.oid, a.attnum) AS remarks
    FROM redshift_sql.visible_tables t
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef f ON f.adrelid = t.oid AND f.adnum = a.attnum;

-- The catalog that drivers and tools ask. Redshift has materialized views among the views, and
-- nothing of ours.
CREATE OR REPLACE VIEW redshift_sql.pg_namespace AS
  SELECT * FROM pg_catalog.pg_namespace WHERE nspname NOT IN ('redshift_sql', 'pg_toast');
DO $$
DECLARE
  told text;
BEGIN
  SELECT string_agg(CASE attname WHEN 'relkind'
                      THEN 'CASE relkind WHEN ''m'' THEN ''v'' ELSE relkind END::"char" AS relkind'
                      ELSE quote_ident(attname) END, ', ' ORDER BY attnum)
    INTO told
    FROM pg_attribute
   WHERE attrelid = 'pg_catalog.pg_class'::regclass AND attnum > 0;
  EXECUTE format('CREATE OR REPLACE VIEW redshift_sql.pg_class AS SELECT %s FROM pg_catalog.pg_class '
                 'WHERE relnamespace <> ''redshift_sql''::regnamespace', told);
  FOREACH told IN ARRAY ARRAY['pg_catalog.pg_tables', 'pg_catalog.pg_views', 'information_schema.tables',
                              'information_schema.views', 'information_schema.columns'] LOOP
    EXECUTE format('CREATE OR REPLACE VIEW redshift_sql.%I AS %s', split_part(told, '.', 2),
                   regexp_replace(pg_get_viewdef(told::regclass), '\mpg_class (\w+)', 'redshift_sql.pg_class \1', 'g'));
  END LOOP;
END $$;

CREATE OR REPLACE VIEW redshift_sql.keys AS
  SELECT conrelid, conkey[1] AS attnum, part[1] AS kind, part[2]::int AS number, part[3]::int AS position
    FROM pg_constraint,
         regexp_match(conname, '^rs_(distkey|sortkey|primary_key|unique|foreign_key)_(\d+)_(\d+)_') AS part
   WHERE contype = 'c' AND part IS NOT NULL;

CREATE OR REPLACE VIEW redshift_sql.pg_table_def AS
  SELECT c.nspname::varchar AS schemaname, c.relname::varchar AS tablename, c.attname::varchar AS "column",
         c.type_name::varchar AS type, 'none'::varchar AS encoding,
         EXISTS (SELECT 1 FROM redshift_sql.keys k
                  WHERE k.conrelid = c.oid AND k.attnum = c.attnum AND k.kind = 'distkey') AS distkey,
         coalesce((SELECT max(k.position) FROM redshift_sql.keys k
                    WHERE k.conrelid = c.oid AND k.attnum = c.attnum AND k.kind = 'sortkey'), 0) AS sortkey,
         c.attnotnull AS "notnull"
    FROM redshift_sql.visible_columns c
   WHERE c.relkind = 'r' AND c.nspname = ANY (current_schemas(false));

-- What tools read primary keys from.
CREATE OR REPLACE VIEW redshift_sql.pg_indexes AS
  SELECT t.nspname::varchar AS schemaname, t.relname::varchar AS tablename,
         (t.relname || '_pkey')::varchar AS indexname, NULL::varchar AS tablespace,
         ('CREATE UNIQUE INDEX ' || quote_ident(t.relname || '_pkey') || ' ON '
          || quote_ident(t.nspname) || '.' || quote_ident(t.relname) || ' USING btree ('
          || string_agg(quote_ident(a.attname), ', ' ORDER BY k.number, k.position) || ')')::varchar AS indexdef
    FROM redshift_sql.visible_tables t
    JOIN redshift_sql.keys k ON k.conrelid = t.oid AND k.kind = 'primary_key'
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
   GROUP BY t.nspname, t.relname;

CREATE OR REPLACE VIEW redshift_sql.svv_columns AS
  SELECT current_database()::varchar AS table_catalog, nspname::varchar AS table_schema,
         relname::varchar AS table_name, attname::varchar AS column_name, attnum::int AS ordinal_position,
         default_value::varchar AS column_default,
         CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END::varchar AS is_nullable,
         data_type::varchar AS data_type, size::int AS character_maximum_length,
         precision::int AS numeric_precision, scale::int AS numeric_scale, remarks::varchar AS remarks
    FROM redshift_sql.visible_columns;

CREATE OR REPLACE VIEW redshift_sql.svv_tables AS
  SELECT current_database()::varchar AS table_catalog, nspname::varchar AS table_schema,
         relname::varchar AS table_name,
         CASE WHEN relkind = 'r' THEN 'BASE TABLE' ELSE 'VIEW' END::varchar AS table_type,
         description::varchar AS remarks
    FROM redshift_sql.visible_tables;

-- Redshift Spectrum's schemas: there are none, but drivers ask for them when they list tables.
CREATE OR REPLACE VIEW redshift_sql.svv_external_schemas AS
  SELECT NULL::oid AS esoid, NULL::smallint AS eskind, NULL::varchar AS schemaname, NULL::int AS esowner,
         NULL::varchar AS databasename, NULL::varchar AS esoptions
   WHERE false;
CREATE OR REPLACE VIEW redshift_sql.svv_external_tables AS
  SELECT NULL::varchar AS redshift_database_name, NULL::varchar AS schemaname, NULL::varchar AS tablename,
         NULL::varchar AS tabletype, NULL::varchar AS location, NULL::varchar AS input_format,
         NULL::varchar AS output_format, NULL::varchar AS serialization_lib, NULL::varchar AS serde_parameters,
         NULL::int AS compressed, NULL::varchar AS parameters
   WHERE false;
CREATE OR REPLACE VIEW redshift_sql.svv_external_columns AS
  SELECT NULL::varchar AS redshift_database_name, NULL::varchar AS schemaname, NULL::varchar AS tablename,
         NULL::varchar AS columnname, NULL::varchar AS external_type, NULL::int AS columnnum,
         NULL::int AS part_key, NULL::varchar AS is_nullable
   WHERE false;

CREATE OR REPLACE VIEW redshift_sql.svv_all_tables AS
  SELECT table_catalog AS database_name, table_schema AS schema_name, table_name,
         CASE WHEN table_type = 'BASE TABLE' THEN 'TABLE' ELSE table_type END::varchar AS table_type, remarks
    FROM redshift_sql.svv_tables;
CREATE OR REPLACE VIEW redshift_sql.svv_redshift_tables AS SELECT * FROM redshift_sql.svv_all_tables;

CREATE OR REPLACE VIEW redshift_sql.svv_all_columns AS
  SELECT table_catalog AS database_name, table_schema AS schema_name, table_name, column_name,
         ordinal_position, column_default, is_nullable, data_type, character_maximum_length,
         numeric_precision, numeric_scale, remarks
    FROM redshift_sql.svv_columns;
CREATE OR REPLACE VIEW redshift_sql.svv_redshift_columns AS SELECT * FROM redshift_sql.svv_all_columns;

CREATE OR REPLACE VIEW redshift_sql.svv_all_schemas AS
  SELECT current_database()::varchar AS database_name, nspname::varchar AS schema_name,
         nspowner::int AS schema_owner, 'local'::varchar AS schema_type
    FROM pg_namespace
   WHERE nspname NOT IN ('redshift_sql', 'pg_toast') AND nspname NOT LIKE 'pg_temp%'
     AND nspname NOT LIKE 'pg_toast_temp%';
CREATE OR REPLACE VIEW redshift_sql.svv_redshift_schemas AS SELECT * FROM redshift_sql.svv_all_schemas;

CREATE OR REPLACE FUNCTION redshift_sql.count_rows(relation oid) RETURNS bigint
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  counted bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s', relation::regclass) INTO counted;
  RETURN counted;
END $$;

CREATE OR REPLACE VIEW redshift_sql.svv_table_info AS
  SELECT current_database()::varchar AS "database", t.nspname::varchar AS "schema", t.oid::bigint AS table_id,
         t.relname::varchar AS "table",
         coalesce((SELECT 'KEY(' || a.attname || ')' FROM redshift_sql.keys k
                     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
                    WHERE k.conrelid = t.oid AND k.kind = 'distkey' LIMIT 1), 'AUTO(ALL)')::varchar AS diststyle,
         (SELECT a.attname FROM redshift_sql.keys k
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
           WHERE k.conrelid = t.oid AND k.kind = 'sortkey' ORDER BY k.position LIMIT 1)::varchar AS sortkey1,
         (SELECT count(*) FROM redshift_sql.keys k WHERE k.conrelid = t.oid AND k.kind = 'sortkey')::int AS sortkey_num,
         ceil(pg_total_relation_size(t.oid) / 1048576.0)::bigint AS size,
         redshift_sql.count_rows(t.oid) AS tbl_rows
    FROM redshift_sql.visible_tables t
   WHERE t.relkind = 'r';

CREATE OR REPLACE VIEW redshift_sql.show_schemas AS
  SELECT database_name, schema_name, schema_owner, schema_type FROM redshift_sql.svv_all_schemas;
CREATE OR REPLACE VIEW redshift_sql.show_tables AS
  SELECT database_name, schema_name, table_name, table_type, remarks FROM redshift_sql.svv_all_tables;
CREATE OR REPLACE VIEW redshift_sql.show_columns AS
  SELECT database_name, schema_name, table_name, column_name, ordinal_position, column_default, is_nullable,
         data_type, character_maximum_length, numeric_precision, numeric_scale, remarks
    FROM redshift_sql.svv_all_columns;

GRANT SELECT ON ALL TABLES IN SCHEMA redshift_sql TO PUBLIC;
