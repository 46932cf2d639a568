-- The data contract in DuckDB's SQL, as far as the benchmark's data goes: what each raw line means.
-- `plain` spares printable ASCII without escapes the dear tests, as the jobs do.

CREATE OR REPLACE TEMP MACRO tidied(value, plain) AS nullif(trim(
    CASE WHEN plain AND NOT contains(value, '  ') THEN value
        ELSE regexp_replace(
            value,
            '[ \t\n\v\f\r\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+',
            ' ', 'g') END
), '');

CREATE OR REPLACE TEMP MACRO has_control(value, plain) AS
    NOT plain AND regexp_matches(value, '[\x00-\x08\x0e-\x1f\x7f\x{80}-\x{84}\x{86}-\x{9f}]');

CREATE OR REPLACE TEMP MACRO text_fault(field, value, control, longest, required) AS
    CASE
        WHEN control THEN field || ' control_character'
        WHEN strlen(value) > longest AND length(value) > longest
            THEN field || ' too_long'
        WHEN required AND value IS NULL THEN field || ' missing_field'
    END;

-- Numbers: nearly all are written as DuckDB writes them; the others take the long way.
CREATE OR REPLACE TEMP MACRO is_number(value) AS
    (strlen(value) <= 64 AND regexp_full_match(value, '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)'))
    OR (
        regexp_full_match(value, '[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]{1,3}')
        AND strlen(regexp_replace(split_part(lower(value), 'e', 1), '[^0-9]', '', 'g')) <= 17
    );

CREATE OR REPLACE TEMP MACRO significant(value) AS
    rtrim(regexp_replace(split_part(lower(value), 'e', 1), '[+.-]', '', 'g'), '0');

CREATE OR REPLACE TEMP MACRO decimals(value) AS
    CASE WHEN significant(value) = '' THEN 0
        ELSE length(split_part(split_part(lower(value), 'e', 1), '.', 2))
            - (length(regexp_replace(split_part(lower(value), 'e', 1), '[+.-]', '', 'g'))
                - length(significant(value)))
            - coalesce(TRY_CAST(nullif(split_part(lower(value), 'e', 2), '') AS INTEGER), 0) END;

CREATE OR REPLACE TEMP MACRO exact(value) AS
    CASE WHEN significant(value) = '' THEN 0 ELSE TRY_CAST(value AS DECIMAL(38, 18)) END;

CREATE OR REPLACE TEMP MACRO whole_fault(field, value, common, least, greatest) AS
    CASE
        WHEN value IS NULL OR common BETWEEN least AND greatest THEN NULL
        WHEN common IS NULL AND NOT is_number(value)
            THEN field || ' not_a_number'
        WHEN common IS NULL AND decimals(value) > 0
            THEN field || ' not_an_integer'
        WHEN common IS NOT NULL OR exact(value) IS NULL OR exact(value) NOT BETWEEN least AND greatest
            THEN field || ' out_of_range'
    END;

CREATE OR REPLACE TEMP MACRO whole(value, common) AS
    CASE WHEN common IS NOT NULL THEN common
        WHEN value IS NOT NULL AND is_number(value) THEN TRY_CAST(exact(value) AS BIGINT) END;

-- A moment without an offset is in the shop's time zone: UTC here.
CREATE OR REPLACE TEMP MACRO moment(value) AS
    CASE
        WHEN contains(value, '/') THEN
            CASE WHEN regexp_full_match(
                    value, '[0-9]{1,2}/[0-9]{1,2}/[0-9]{4} [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?')
                THEN try_strptime(value, ['%m/%d/%Y %H:%M', '%m/%d/%Y %H:%M:%S']) END
        WHEN regexp_full_match(
            value,
            '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?'
            || '(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?')
        THEN timezone('UTC', TRY_CAST(
            regexp_replace(
                regexp_replace(value, '^(.{10}[T ][0-9]{2}:[0-9]{2})(Z|[+-]|$)', '\1:00\2'),
                '([+-][0-9]{2})([0-9]{2})$', '\1:\2') AS TIMESTAMPTZ))
    END;

CREATE OR REPLACE TEMP MACRO digest(value) AS left(sha256(value), 32);

CREATE OR REPLACE TEMP TABLE parsed AS
WITH read AS (
    SELECT
        line,
        regexp_extract(filename, 'raw/transactions/.*') AS raw_object,
        CASE WHEN json_valid(line) AND starts_with(ltrim(line), '{') THEN json_transform(line, '{
            "InvoiceNo": "VARCHAR", "StockCode": "VARCHAR", "Description": "VARCHAR",
            "Quantity": "VARCHAR", "InvoiceDate": "VARCHAR", "UnitPrice": "VARCHAR",
            "CustomerID": "VARCHAR", "Country": "VARCHAR", "InvoiceLine": "VARCHAR",
            "EventId": "VARCHAR", "received_at": "VARCHAR"}') END AS sent,
        NOT contains(line, '\') AND length(line) = strlen(line) AS plain
    FROM read_csv($raw, columns = {'line': 'VARCHAR'}, auto_detect = false, header = false,
        delim = '\x01', quote = '', escape = '', filename = true)
),
tidy AS (
    SELECT
        line, raw_object, plain, sent IS NOT NULL AS is_object,
        tidied(sent.InvoiceNo, plain) AS InvoiceNo, has_control(sent.InvoiceNo, plain) AS InvoiceNo_control,
        tidied(sent.StockCode, plain) AS StockCode, has_control(sent.StockCode, plain) AS StockCode_control,
        tidied(sent.Description, plain) AS Description,
        has_control(sent.Description, plain) AS Description_control,
        tidied(sent.Country, plain) AS Country, has_control(sent.Country, plain) AS Country_control,
        tidied(sent.EventId, plain) AS EventId, has_control(sent.EventId, plain) AS EventId_control,
        nullif(trim(sent.Quantity), '') AS Quantity,
        nullif(trim(sent.InvoiceDate), '') AS InvoiceDate,
        nullif(trim(sent.UnitPrice), '') AS UnitPrice,
        nullif(trim(sent.CustomerID), '') AS CustomerID,
        nullif(trim(sent.InvoiceLine), '') AS InvoiceLine,
        CAST(sent.received_at AS TIMESTAMP) AS received_at
    FROM read
),
recognised AS (
    SELECT
        *,
        upper(InvoiceNo) AS invoice_no,
        upper(StockCode) AS stock_code,
        moment(InvoiceDate) AS invoice_ts,
        CASE WHEN regexp_full_match(Quantity, '[+-]?[0-9]{1,9}(\.0{0,9})?')
            THEN CAST(split_part(Quantity, '.', 1) AS INTEGER) END AS common_quantity,
        CASE WHEN regexp_full_match(CustomerID, '[+-]?[0-9]{1,9}(\.0{0,9})?')
            THEN CAST(split_part(CustomerID, '.', 1) AS INTEGER) END AS common_customer,
        CASE WHEN regexp_full_match(InvoiceLine, '[+-]?[0-9]{1,9}(\.0{0,9})?')
            THEN CAST(split_part(InvoiceLine, '.', 1) AS INTEGER) END AS common_line,
        CASE WHEN regexp_full_match(UnitPrice, '[+-]?[0-9]{1,7}(\.[0-9]{1,4})?')
            THEN CAST(UnitPrice AS DECIMAL(12, 4)) END AS common_price
    FROM tidy
),
judged AS (
    SELECT
        *,
        CASE WHEN NOT is_object THEN ' not_an_object'
        ELSE coalesce(
            text_fault('InvoiceNo', InvoiceNo, InvoiceNo_control, 20, true),
            text_fault('StockCode', StockCode, StockCode_control, 32, true),
            text_fault('Description', Description, Description_control, 500, false),
            CASE
                WHEN Quantity IS NULL THEN 'Quantity missing_field'
                ELSE coalesce(
                    whole_fault('Quantity', Quantity, common_quantity, -9999999, 9999999),
                    CASE WHEN whole(Quantity, common_quantity) = 0
                        THEN 'Quantity zero_quantity' END) END,
            CASE
                WHEN InvoiceDate IS NULL THEN 'InvoiceDate missing_field'
                WHEN invoice_ts IS NULL THEN 'InvoiceDate not_a_date'
                WHEN invoice_ts < TIMESTAMP '1990-01-01'
                    OR invoice_ts - INTERVAL 1 DAY > received_at
                    THEN 'InvoiceDate out_of_range' END,
            CASE
                WHEN common_price IS NOT NULL THEN NULL
                WHEN UnitPrice IS NULL THEN 'UnitPrice missing_field'
                WHEN NOT is_number(UnitPrice) THEN 'UnitPrice not_a_number'
                WHEN decimals(UnitPrice) > 4 THEN 'UnitPrice too_precise'
                WHEN exact(UnitPrice) IS NULL OR abs(exact(UnitPrice)) >= 10000000
                    THEN 'UnitPrice out_of_range' END,
            whole_fault(
                'CustomerID', CustomerID, common_customer, -9223372036854775808, 9223372036854775807),
            text_fault('Country', Country, Country_control, 64, true),
            whole_fault('InvoiceLine', InvoiceLine, common_line, 1, 9999999),
            text_fault('EventId', EventId, EventId_control, 128, false)
        ) END AS fault
    FROM recognised
),
typed AS (
    SELECT
        * EXCLUDE (Quantity, Description, Country),
        coalesce(common_line, TRY_CAST(whole(InvoiceLine, NULL) AS INTEGER)) AS invoice_line,
        Description AS description,
        coalesce(common_quantity, TRY_CAST(whole(Quantity, NULL) AS INTEGER)) AS quantity,
        coalesce(common_price, TRY_CAST(exact(UnitPrice) AS DECIMAL(12, 4))) AS unit_price,
        whole(CustomerID, common_customer) AS customer_id,
        Country AS country
    FROM judged
),
hashed AS (
    SELECT
        *,
        CASE WHEN fault IS NULL THEN digest(concat_ws(
            chr(31), invoice_no, coalesce(CAST(invoice_line AS VARCHAR), chr(0)), stock_code,
            coalesce(description, chr(0)), quantity, invoice_ts, unit_price,
            coalesce(CAST(customer_id AS VARCHAR), chr(0)), country)) END AS content_hash
    FROM typed
)
SELECT
    replace(replace(invoice_no, '%', '%25'), '#', '%23') || CASE
        WHEN EventId IS NOT NULL THEN '#E' || EventId
        WHEN invoice_line IS NOT NULL THEN '#L' || invoice_line
        ELSE '#H' || content_hash END AS event_id,
    invoice_no, invoice_line, stock_code, description, quantity, invoice_ts, unit_price,
    customer_id, country,
    TRY_CAST(TRY_CAST(quantity AS DECIMAL(7, 0)) * unit_price AS DECIMAL(18, 4)) AS line_amount,
    CASE
        WHEN starts_with(invoice_no, 'C') THEN 'cancellation'
        WHEN starts_with(invoice_no, 'A') THEN 'adjustment'
        WHEN quantity < 0 THEN 'stock_correction'
        WHEN unit_price = 0 THEN 'zero_price'
        ELSE 'sale' END AS transaction_type,
    regexp_full_match(stock_code, '[0-9]{5}[A-Z]{0,2}') AS is_product,
    received_at, content_hash, raw_object,
    CAST(regexp_extract(raw_object, 'ingest_date=([0-9-]{10})', 1) AS DATE) AS ingest_date,
    CASE WHEN fault IS NOT NULL THEN line END AS raw_line,
    split_part(fault, ' ', 2) AS reason,
    nullif(split_part(fault, ' ', 1), '') AS field
FROM hashed;
