-- New against returning customers by calendar month (UTC), named by its first day: one row a month
-- with a sale or a cancellation of a known customer who has bought by then. Guests have no number
-- and are in neither.
-- new_customers: customers whose first line sold ever is of that month.
-- returning_customers: customers with a line sold in that month and one in an earlier month.
-- revenue_of_new: sales plus cancellations (negative), in that month, of the customers whose first
-- line sold is of that month. revenue_of_returning: the same of those whose first is of an earlier
-- month, also where they only cancelled.
-- In neither: cancellations before a customer's first sale, adjustments, stock corrections and lines
-- without a price. The data's first month has new customers only, as nothing is known before it.
-- Amounts are exact, in pounds, with four decimals.

CREATE VIEW retail.new_and_returning_customers AS
SELECT
    m.month,
    SUM(CASE WHEN m.lines_sold > 0 AND m.month = f.first_month THEN 1 ELSE 0 END) AS new_customers,
    SUM(CASE WHEN m.lines_sold > 0 AND m.month > f.first_month THEN 1 ELSE 0 END)
        AS returning_customers,
    SUM(CASE WHEN m.month = f.first_month THEN m.net_revenue ELSE 0 END) AS revenue_of_new,
    SUM(CASE WHEN m.month > f.first_month THEN m.net_revenue ELSE 0 END) AS revenue_of_returning
FROM (
    SELECT
        CAST(DATE_TRUNC('month', invoice_ts) AS DATE) AS month,
        customer_id,
        SUM(line_amount) AS net_revenue,
        SUM(CASE WHEN transaction_type = 'sale' THEN 1 ELSE 0 END) AS lines_sold
    FROM retail.fact_sales
    WHERE transaction_type IN ('sale', 'cancellation') AND customer_id IS NOT NULL
    GROUP BY CAST(DATE_TRUNC('month', invoice_ts) AS DATE), customer_id
) m
JOIN (
    SELECT customer_id, CAST(DATE_TRUNC('month', MIN(invoice_ts)) AS DATE) AS first_month
    FROM retail.fact_sales
    WHERE transaction_type = 'sale' AND customer_id IS NOT NULL
    GROUP BY customer_id
) f ON m.customer_id = f.customer_id
WHERE m.month >= f.first_month
GROUP BY m.month;
