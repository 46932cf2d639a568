-- The lines of a generated file, each invoice number by its parts, so that others fit between them.
CREATE OR REPLACE TABLE sold_lines AS
WITH numbered AS (
    SELECT *, row_number() OVER () - 1 AS place
    FROM read_csv($file, all_varchar = true, header = true, encoding = 'latin-1')
)
SELECT
    place,
    regexp_extract(InvoiceNo, '^[A-Z]*') AS prefix,
    CAST(regexp_extract(InvoiceNo, '[0-9]+$') AS BIGINT) AS number,
    StockCode,
    Description,
    CAST(Quantity AS INTEGER) AS Quantity,
    InvoiceDate,
    UnitPrice,
    CAST(CustomerID AS BIGINT) AS customer,
    Country,
    -- As the CSV client counts them.
    row_number() OVER (PARTITION BY InvoiceNo ORDER BY place) AS InvoiceLine
FROM numbered
ORDER BY place;
