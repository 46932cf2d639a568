-- What an invoice holds, by calendar month (UTC): lines sold, their units and their value, by
-- invoice with at least one line sold (rounded half away from zero to four decimals). Defined and
-- answered as the warehouse's view basket_size.

WITH baskets AS (
    SELECT
        CAST(date_trunc('month', invoice_ts) AS DATE) AS month,
        COUNT(DISTINCT invoice_no) AS invoices,
        COUNT(*) AS lines,
        SUM(quantity) AS units,
        SUM(line_amount) AS gross_sales
    FROM transactions
    WHERE transaction_type = 'sale'
    GROUP BY CAST(date_trunc('month', invoice_ts) AS DATE)
)
SELECT
    month,
    invoices,
    lines,
    units,
    CAST(CAST(lines AS DECIMAL(28,4)) / CAST(invoices AS DECIMAL(10,0)) AS DECIMAL(18,4))
        AS average_lines,
    CAST(CAST(units AS DECIMAL(28,4)) / CAST(invoices AS DECIMAL(10,0)) AS DECIMAL(18,4))
        AS average_units,
    CAST(gross_sales / CAST(invoices AS DECIMAL(10,0)) AS DECIMAL(18,4)) AS average_value
FROM baskets
ORDER BY month
