-- Revenue by calendar year (UTC): sales, cancellations (negative) and their sum, in pounds.
-- invoices counts those with at least one line sold. Adjustments, stock corrections and lines
-- without a price are in none. Defined and answered as the warehouse's view revenue_by_year.

SELECT
    year(invoice_ts) AS year,
    COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
    SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
    SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations,
    SUM(line_amount) AS net_revenue
FROM transactions
WHERE transaction_type IN ('sale', 'cancellation')
GROUP BY year(invoice_ts)
ORDER BY year
