-- How much is cancelled, by calendar month (UTC) of the cancellation: the share of invoices, and
-- the amount by gross sales (rounded half away from zero to four decimals). Defined and answered as
-- the warehouse's view cancellation_rate.

WITH by_month AS (
    SELECT
        CAST(date_trunc('month', invoice_ts) AS DATE) AS month,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS sales_invoices,
        COUNT(DISTINCT CASE WHEN transaction_type = 'cancellation' THEN invoice_no END)
            AS cancelled_invoices,
        SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
        SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations
    FROM transactions
    WHERE transaction_type IN ('sale', 'cancellation')
    GROUP BY CAST(date_trunc('month', invoice_ts) AS DATE)
)
SELECT
    month,
    sales_invoices,
    cancelled_invoices,
    CAST(
        CAST(cancelled_invoices AS DECIMAL(18,4))
        / CAST(sales_invoices + cancelled_invoices AS DECIMAL(12,0)) AS DECIMAL(5,4)
    ) AS cancelled_share,
    gross_sales,
    cancellations,
    CAST(-cancellations / NULLIF(gross_sales, 0) AS DECIMAL(18,4)) AS cancelled_amount_share
FROM by_month
ORDER BY month
