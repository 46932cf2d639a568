-- Average sales of the whole time, one row.
-- invoices: invoices with at least one line sold.
-- customers: known customers with at least one line sold. Guests have no number.
-- days: calendar days (UTC) with at least one line sold, so days when the shop was closed are none.
-- net_revenue: sales plus cancellations (negative) of everybody. Adjustments, stock corrections and
-- lines without a price are not in it.
-- average_per_invoice: net_revenue by invoices.
-- average_per_customer: the net revenue of those known customers by customers. What guests bought
-- is not in it.
-- average_per_day: net_revenue by days.
-- Averages are exact quotients rounded half away from zero to four decimals, null where there is
-- nothing to divide by. Amounts are in pounds.

CREATE VIEW retail.average_sales AS
SELECT
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
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN customer_id END) AS customers,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN date_key END) AS days,
        COALESCE(SUM(line_amount), 0) AS net_revenue
    FROM retail.fact_sales
    WHERE transaction_type IN ('sale', 'cancellation')
) t
CROSS JOIN (
    SELECT COALESCE(SUM(f.line_amount), 0) AS net_revenue
    FROM retail.fact_sales f
    JOIN (
        SELECT DISTINCT customer_id FROM retail.fact_sales
        WHERE transaction_type = 'sale' AND customer_id IS NOT NULL
    ) b ON f.customer_id = b.customer_id
    WHERE f.transaction_type IN ('sale', 'cancellation')
) k;
