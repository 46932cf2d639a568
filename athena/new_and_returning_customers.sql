-- Known customers by calendar month (UTC) who bought for the first time ever and who had bought in
-- an earlier month, with their net revenue in the month. Defined and answered as the warehouse's
-- view new_and_returning_customers.

WITH by_month AS (
    SELECT
        CAST(date_trunc('month', invoice_ts) AS DATE) AS month,
        customer_id,
        SUM(line_amount) AS net_revenue,
        COUNT(CASE WHEN transaction_type = 'sale' THEN 1 END) AS lines_sold
    FROM transactions
    WHERE transaction_type IN ('sale', 'cancellation') AND customer_id IS NOT NULL
    GROUP BY CAST(date_trunc('month', invoice_ts) AS DATE), customer_id
),
firsts AS (
    SELECT customer_id, MIN(month) AS first_month
    FROM by_month
    WHERE lines_sold > 0
    GROUP BY customer_id
)
SELECT
    m.month,
    COUNT(CASE WHEN m.lines_sold > 0 AND m.month = f.first_month THEN 1 END) AS new_customers,
    COUNT(CASE WHEN m.lines_sold > 0 AND m.month > f.first_month THEN 1 END) AS returning_customers,
    SUM(CASE WHEN m.month = f.first_month THEN m.net_revenue ELSE 0 END) AS revenue_of_new,
    SUM(CASE WHEN m.month > f.first_month THEN m.net_revenue ELSE 0 END) AS revenue_of_returning
FROM by_month m
JOIN firsts f ON m.customer_id = f.customer_id
WHERE m.month >= f.first_month
GROUP BY m.month
ORDER BY m.month
