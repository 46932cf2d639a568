-- Products by value in each calendar month (UTC), named by its first day: one row a month and
-- product with a sale or a cancellation in it. The other columns are those of product_value, of that
-- month alone: value_rank is 1 for the greatest net_revenue of the month.
-- Adjustments, stock corrections and lines without a price are in none. Amounts are exact, in
-- pounds, with four decimals.
--
-- Stored: a dashboard asks for one month of it again and again, and the ranks need every product of
-- every month. It counts distinct invoices and ranks, so Redshift refreshes it in full, from all
-- rows that the refresh sees: never from a part of a load.

CREATE MATERIALIZED VIEW retail.product_value_by_month
SORTKEY (month)
AS
SELECT
    s.month,
    s.stock_code,
    p.description,
    s.units,
    s.invoices,
    s.gross_sales,
    s.cancellations,
    s.net_revenue,
    RANK() OVER (PARTITION BY s.month ORDER BY s.net_revenue DESC) AS value_rank
FROM (
    SELECT
        CAST(DATE_TRUNC('month', invoice_ts) AS DATE) AS month,
        stock_code,
        SUM(quantity) AS units,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
        SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations,
        SUM(line_amount) AS net_revenue
    FROM retail.fact_sales
    WHERE transaction_type IN ('sale', 'cancellation') AND is_product
    GROUP BY CAST(DATE_TRUNC('month', invoice_ts) AS DATE), stock_code
) s
JOIN retail.dim_product p ON s.stock_code = p.stock_code;
