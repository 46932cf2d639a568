-- Average sales of each calendar month (UTC), named by its first day: net revenue by invoice, by
-- known customer who bought in that month (what guests bought is not in it) and by day on which
-- something was sold. Quotients are rounded half away from zero to four decimals. Defined and
-- answered as the warehouse's view average_sales_by_month.

WITH counted AS (
    SELECT
        CAST(date_trunc('month', invoice_ts) AS DATE) AS month,
        CAST(invoice_ts AS DATE) AS day,
        invoice_no,
        customer_id,
        transaction_type,
        line_amount
    FROM transactions
    WHERE transaction_type IN ('sale', 'cancellation')
),
totals AS (
    SELECT
        month,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN customer_id END) AS customers,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN day END) AS days,
        SUM(line_amount) AS net_revenue
    FROM counted
    GROUP BY month
),
by_customer AS (
    SELECT
        month,
        customer_id,
        SUM(line_amount) AS net_revenue,
        COUNT(CASE WHEN transaction_type = 'sale' THEN 1 END) AS lines_sold
    FROM counted
    WHERE customer_id IS NOT NULL
    GROUP BY month, customer_id
),
of_customers AS (
    SELECT month, SUM(net_revenue) AS net_revenue
    FROM by_customer
    WHERE lines_sold > 0
    GROUP BY month
)
SELECT
    t.month,
    t.invoices,
    t.customers,
    t.days,
    t.net_revenue,
    CAST(t.net_revenue / CAST(NULLIF(t.invoices, 0) AS DECIMAL(10,0)) AS DECIMAL(18,4))
        AS average_per_invoice,
    CAST(c.net_revenue / CAST(NULLIF(t.customers, 0) AS DECIMAL(10,0)) AS DECIMAL(18,4))
        AS average_per_customer,
    CAST(t.net_revenue / CAST(NULLIF(t.days, 0) AS DECIMAL(10,0)) AS DECIMAL(18,4))
        AS average_per_day
FROM totals t
LEFT JOIN of_customers c ON t.month = c.month
ORDER BY t.month
