-- Average sales of each calendar month (UTC), named by its first day, one row a month with a sale
-- or a cancellation.
-- invoices, customers, days: invoices, known customers and calendar days with at least one line
-- sold in that month.
-- net_revenue: sales plus cancellations (negative) of that month, of everybody. Adjustments, stock
-- corrections and lines without a price are not in it.
-- average_per_invoice: net_revenue by invoices. average_per_day: net_revenue by days.
-- average_per_customer: the net revenue, in that month, of the known customers counted in it, by
-- customers. What guests bought is not in it, nor what is cancelled by somebody who bought nothing
-- in that month.
-- Averages are exact quotients rounded half away from zero to four decimals, null where there is
-- nothing to divide by. Amounts are in pounds.

CREATE VIEW retail.average_sales_by_month AS
SELECT
    t.month,
    t.invoices,
    t.customers,
    t.days,
    t.net_revenue,
    CAST(ROUND(CAST(t.net_revenue AS DECIMAL(28,8)) / CAST(NULLIF(t.invoices, 0) AS DECIMAL(10,0)), 4) AS DECIMAL(18,4))
        AS average_per_invoice,
    CAST(ROUND(CAST(k.net_revenue AS DECIMAL(28,8)) / CAST(NULLIF(t.customers, 0) AS DECIMAL(10,0)), 4) AS DECIMAL(18,4))
        AS average_per_customer,
    CAST(ROUND(CAST(t.net_revenue AS DECIMAL(28,8)) / CAST(NULLIF(t.days, 0) AS DECIMAL(10,0)), 4) AS DECIMAL(18,4))
        AS average_per_day
FROM (
    SELECT
        CAST(DATE_TRUNC('month', invoice_ts) AS DATE) AS month,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN customer_id END) AS customers,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN date_key END) AS days,
        SUM(line_amount) AS net_revenue
    FROM retail.fact_sales
    WHERE transaction_type IN ('sale', 'cancellation')
    GROUP BY CAST(DATE_TRUNC('month', invoice_ts) AS DATE)
) t
LEFT JOIN (
    SELECT c.month, SUM(c.net_revenue) AS net_revenue
    FROM (
        SELECT
            CAST(DATE_TRUNC('month', invoice_ts) AS DATE) AS month,
            customer_id,
            SUM(line_amount) AS net_revenue,
            SUM(CASE WHEN transaction_type = 'sale' THEN 1 ELSE 0 END) AS lines_sold
        FROM retail.fact_sales
        WHERE transaction_type IN ('sale', 'cancellation') AND customer_id IS NOT NULL
        GROUP BY CAST(DATE_TRUNC('month', invoice_ts) AS DATE), customer_id
    ) c
    WHERE c.lines_sold > 0
    GROUP BY c.month
) k ON t.month = k.month;
