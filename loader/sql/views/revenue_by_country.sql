-- Revenue by the country that the line names, over the whole time, one row a country with a sale or
-- a cancellation.
-- invoices: invoices with at least one line sold. customers: known customers with at least one.
-- gross_sales, cancellations (negative), net_revenue: as in revenue_by_day, of this country.
-- Adjustments, stock corrections and lines without a price are in none.
-- share_of_net: net_revenue by the net revenue of all countries, an exact quotient rounded half away
-- from zero to six decimals (0.25 is a quarter), null if that is 0. A country from which more was
-- cancelled than sold has a negative share.
-- Amounts are exact, in pounds, with four decimals.

CREATE VIEW retail.revenue_by_country AS
SELECT
    c.country,
    c.invoices,
    c.customers,
    c.gross_sales,
    c.cancellations,
    c.net_revenue,
    CAST(ROUND(CAST(c.net_revenue AS DECIMAL(28,8)) / NULLIF(t.net_revenue, 0), 6) AS DECIMAL(12,6))
        AS share_of_net
FROM (
    SELECT
        country,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN customer_id END) AS customers,
        SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
        SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations,
        SUM(line_amount) AS net_revenue
    FROM retail.fact_sales
    WHERE transaction_type IN ('sale', 'cancellation')
    GROUP BY country
) c
CROSS JOIN (
    SELECT SUM(line_amount) AS net_revenue
    FROM retail.fact_sales
    WHERE transaction_type IN ('sale', 'cancellation')
) t;
