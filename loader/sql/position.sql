-- Where the warehouse stands: one row.

SELECT
    (SELECT COALESCE(MAX(version), 0) FROM retail.schema_version) AS version,
    -- As text: a state machine's numbers are floating point, which 19 digits do not survive.
    CAST((SELECT COALESCE(MAX(snapshot_id), 0) FROM retail.load_position) AS VARCHAR(20))
        AS snapshot_id;
