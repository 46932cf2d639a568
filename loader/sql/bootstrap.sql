-- What the migrations and the loads themselves stand on; harmless when it is there already.

CREATE SCHEMA IF NOT EXISTS retail;

CREATE TABLE IF NOT EXISTS retail.schema_version (
    version    INTEGER   NOT NULL,
    applied_at TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS retail.load_position (
    snapshot_id BIGINT    NOT NULL, -- of the lake's table changed_invoices; 0 before the first load
    loaded_at   TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS retail.view_state (
    digest       VARCHAR(64) NOT NULL, -- of the SQL that the views were made with
    applied_at   TIMESTAMP   NOT NULL,
    snapshot_id  BIGINT      NOT NULL, -- that was loaded when the stored views were computed
    refreshed_at TIMESTAMP   NOT NULL
);
