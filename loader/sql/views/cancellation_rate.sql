-- How much is cancelled, by calendar month (UTC), named by its first day: one row a month with a
-- sale or a cancellation. A cancellation counts in the month in which it is made: the data does not
-- say which sale it takes back.
-- sales_invoices: invoices with at least one line sold. cancelled_invoices: invoices that cancel
-- (their numbers begin with C).
-- cancelled_share: cancelled_invoices by the sum of both.
-- gross_sales, cancellations (negative): as in revenue_by_day. Adjustments, stock corrections and
-- lines without a price are in neither.
-- cancelled_amount_share: the amount cancelled, taken as positive, by gross_sales. It is above 1
-- where more was cancelled than sold, and null where nothing was sold.
-- Shares are exact quotients rounded half away from zero to four decimals (0.25 is a quarter).

CREATE VIEW retail.cancellation_rate AS
SELECT
    m.month,
    m.sales_invoices,
    m.cancelled_invoices,
    CAST(
        ROUND(
            CAST(m.cancelled_invoices AS DECIMAL(18,6))
            / CAST(m.sales_invoices + m.cancelled_invoices AS DECIMAL(12,0)),
            4
        ) AS DECIMAL(5,4)
    ) AS cancelled_share,
    m.gross_sales,
    m.cancellations,
    CAST(ROUND(CAST(0 - m.cancellations AS DECIMAL(28,8)) / NULLIF(m.gross_sales, 0), 4) AS DECIMAL(18,4))
        AS cancelled_amount_share
FROM (
    SELECT
        CAST(DATE_TRUNC('month', invoice_ts) AS DATE) AS month,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS sales_invoices,
        COUNT(DISTINCT CASE WHEN transaction_type = 'cancellation' THEN invoice_no END)
            AS cancelled_invoices,
        SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
        SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations
    FROM retail.fact_sales
    WHERE transaction_type IN ('sale', 'cancellation')
    GROUP BY CAST(DATE_TRUNC('month', invoice_ts) AS DATE)
) m;
