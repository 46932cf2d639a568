-- Revenue by calendar day (UTC), one row a day on which something was sold or cancelled.
-- invoices: invoices with at least one line sold that day.
-- gross_sales: the amounts of the lines sold, of products and of postage and fees alike.
-- cancellations: the amounts of the lines cancelled that day, whenever they were sold. They are
-- negative.
-- net_revenue: gross_sales plus cancellations.
-- In none of them: adjustments (bad debt), stock corrections and lines without a price.
-- Amounts are exact, in pounds, with four decimals.

CREATE VIEW retail.revenue_by_day AS
SELECT
    CAST(invoice_ts AS DATE) AS day,
    COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
    SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
    SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations,
    SUM(line_amount) AS net_revenue
FROM retail.fact_sales
WHERE transaction_type IN ('sale', 'cancellation')
GROUP BY CAST(invoice_ts AS DATE);
