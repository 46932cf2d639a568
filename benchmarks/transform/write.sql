-- The two outputs, as the jobs lay them out: `cleansed` by ingest date, `transactions` by month in
-- the order of the invoices; and what was rejected.
COPY (
    SELECT * EXCLUDE (raw_line, reason, field) FROM parsed WHERE reason IS NULL
) TO '{target}/cleansed' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (ingest_date), WRITE_PARTITION_COLUMNS true);

COPY (
    SELECT
        digest(concat_ws(chr(31), raw_object, line_hash,
            row_number() OVER (PARTITION BY raw_object, line_hash))) AS quarantine_id,
        raw_object, line_hash, raw_line, reason, field, ingest_date
    FROM (SELECT *, digest(raw_line) AS line_hash FROM parsed WHERE reason IS NOT NULL)
) TO '{target}/quarantine.parquet' (FORMAT parquet, COMPRESSION zstd);

-- Only the events that came more than once need to be compared.
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT event_id FROM parsed WHERE reason IS NULL GROUP BY event_id HAVING count(*) > 1;

COPY (
    WITH accepted AS (FROM parsed WHERE reason IS NULL),
    latest AS (
        FROM accepted ANTI JOIN repeated USING (event_id)
        UNION ALL
        FROM accepted SEMI JOIN repeated USING (event_id)
        QUALIFY row_number() OVER (
            PARTITION BY event_id ORDER BY received_at DESC, content_hash DESC) = 1
    )
    SELECT * EXCLUDE (raw_line, reason, field, ingest_date),
        strftime(invoice_ts, '%Y-%m') AS invoice_month
    FROM latest
    ORDER BY invoice_month, invoice_no
) TO '{target}/transactions' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (invoice_month));
