-- Average sales of the whole time, one row: net revenue by invoice, by known customer (what guests
-- bought is not in it) and by day on which something was sold. Quotients are rounded half away from
-- zero to four decimals. Defined and answered as the warehouse's view average_sales.

WITH counted AS (
    SELECT line_amount, transaction_type, invoice_no, customer_id, invoice_ts
    FROM transactions
    WHERE transaction_type IN ('sale', 'cancellation')
),
totals AS (
    SELECT
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN customer_id END) AS customers,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN CAST(invoice_ts AS DATE) END) AS days,
        COALESCE(SUM(line_amount), 0) AS net_revenue
    FROM counted
),
of_customers AS (
    SELECT COALESCE(SUM(line_amount), 0) AS net_revenue
    FROM counted
    WHERE customer_id IN (
        SELECT customer_id FROM counted
        WHERE transaction_type = 'sale' AND customer_id IS NOT NULL
    )
)
SELECT
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
CROSS JOIN of_customers c
