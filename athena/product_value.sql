-- Products by net revenue over the whole time, rank 1 the greatest. Products only: no postage,
-- fees, discounts or vouchers. units are those sold less those cancelled. Defined and answered as
-- the warehouse's view product_value.

WITH sold AS (
    SELECT
        stock_code,
        SUM(quantity) AS units,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
        SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations,
        SUM(line_amount) AS net_revenue
    FROM transactions
    WHERE transaction_type IN ('sale', 'cancellation') AND is_product
    GROUP BY stock_code
),
names AS (
    SELECT
        stock_code,
        description,
        row_number() OVER (
            PARTITION BY stock_code
            ORDER BY
                CASE
                    WHEN description IS NULL THEN 2
                    WHEN transaction_type = 'sale' THEN 0
                    ELSE 1
                END,
                invoice_ts DESC,
                event_id DESC
        ) AS recency
    FROM transactions
)
SELECT
    s.stock_code,
    n.description,
    s.units,
    s.invoices,
    s.gross_sales,
    s.cancellations,
    s.net_revenue,
    rank() OVER (ORDER BY s.net_revenue DESC) AS value_rank
FROM sold s
JOIN names n ON s.stock_code = n.stock_code AND n.recency = 1
ORDER BY value_rank, s.stock_code
