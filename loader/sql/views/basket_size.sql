-- What an invoice holds, by calendar month (UTC), named by its first day: one row a month with a
-- sale. Lines sold only, of products and of postage and fees alike: cancellations, adjustments,
-- stock corrections and lines without a price are no part of a basket.
-- invoices: invoices with at least one line sold. lines: lines sold. units: their quantities.
-- average_lines, average_units: lines and units by invoices. average_value: the amounts of the lines
-- sold by invoices, in pounds, before cancellations.
-- Averages are exact quotients rounded half away from zero to four decimals.

CREATE VIEW retail.basket_size AS
SELECT
    b.month,
    b.invoices,
    b.lines,
    b.units,
    CAST(ROUND(CAST(b.lines AS DECIMAL(28,8)) / CAST(b.invoices AS DECIMAL(10,0)), 4) AS DECIMAL(18,4))
        AS average_lines,
    CAST(ROUND(CAST(b.units AS DECIMAL(28,8)) / CAST(b.invoices AS DECIMAL(10,0)), 4) AS DECIMAL(18,4))
        AS average_units,
    CAST(ROUND(CAST(b.gross_sales AS DECIMAL(28,8)) / CAST(b.invoices AS DECIMAL(10,0)), 4) AS DECIMAL(18,4))
        AS average_value
FROM (
    SELECT
        CAST(DATE_TRUNC('month', invoice_ts) AS DATE) AS month,
        COUNT(DISTINCT invoice_no) AS invoices,
        COUNT(*) AS lines,
        SUM(quantity) AS units,
        SUM(line_amount) AS gross_sales
    FROM retail.fact_sales
    WHERE transaction_type = 'sale'
    GROUP BY CAST(DATE_TRUNC('month', invoice_ts) AS DATE)
) b;
