-- Revenue by the country that the line names, over the whole time, and its share of all net revenue
-- (rounded half away from zero to six decimals). Defined and answered as the warehouse's view
-- revenue_by_country.

WITH by_country AS (
    SELECT
        country,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN customer_id END) AS customers,
        SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
        SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations,
        SUM(line_amount) AS net_revenue
    FROM transactions
    WHERE transaction_type IN ('sale', 'cancellation')
    GROUP BY country
),
total AS (
    SELECT SUM(net_revenue) AS net_revenue FROM by_country
)
SELECT
    c.country,
    c.invoices,
    c.customers,
    c.gross_sales,
    c.cancellations,
    c.net_revenue,
    CAST(CAST(c.net_revenue AS DECIMAL(28,6)) / NULLIF(t.net_revenue, 0) AS DECIMAL(12,6))
        AS share_of_net
FROM by_country c
CROSS JOIN total t
ORDER BY c.net_revenue DESC, c.country
