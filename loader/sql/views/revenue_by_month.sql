-- Revenue by calendar month (UTC), named by its first day, one row a month with a sale or a
-- cancellation. The columns are those of revenue_by_day: invoices with at least one line sold,
-- gross_sales of the lines sold, cancellations (negative) of the lines cancelled in that month,
-- net_revenue as their sum. Adjustments, stock corrections and lines without a price are in none.
-- Amounts are exact, in pounds, with four decimals.

CREATE VIEW retail.revenue_by_month AS
SELECT
    CAST(DATE_TRUNC('month', invoice_ts) AS DATE) AS month,
    COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
    SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
    SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations,
    SUM(line_amount) AS net_revenue
FROM retail.fact_sales
WHERE transaction_type IN ('sale', 'cancellation')
GROUP BY CAST(DATE_TRUNC('month', invoice_ts) AS DATE);
