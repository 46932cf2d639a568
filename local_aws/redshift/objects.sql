-- Redshift's own functions and views, in each database. It runs again after each change of this file.
CREATE SCHEMA IF NOT EXISTS redshift_sql;
GRANT USAGE ON SCHEMA redshift_sql TO PUBLIC;
GRANT ALL ON SCHEMA public TO PUBLIC;

-- Fails with an error of the local engine, so that an open transaction fails with it.
CREATE OR REPLACE FUNCTION redshift_sql.fail(code text, message text, detail text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF detail IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
  END IF;
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail;
END $$;
