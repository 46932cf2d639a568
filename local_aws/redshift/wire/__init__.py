"""The wire protocol: what psql, psycopg, redshift_connector and JDBC drivers speak."""
