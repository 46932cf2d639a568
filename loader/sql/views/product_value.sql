-- Products by value over the whole time, one row a product with a sale or a cancellation. Postage,
-- fees, discounts, vouchers and samples are no products: a product's stock code is five digits and
-- up to two letters.
-- description: the latest that a sale had.
-- units: units sold less units cancelled. invoices: invoices with at least one line of it sold.
-- gross_sales, cancellations (negative), net_revenue: as in revenue_by_day, of this product.
-- Adjustments, stock corrections and lines without a price are in none.
-- value_rank: 1 for the greatest net_revenue. Equals share a rank, and the next one is left out.
-- Amounts are exact, in pounds, with four decimals.

CREATE VIEW retail.product_value AS
SELECT
    s.stock_code,
    p.description,
    s.units,
    s.invoices,
    s.gross_sales,
    s.cancellations,
    s.net_revenue,
    RANK() OVER (ORDER BY s.net_revenue DESC) AS value_rank
FROM (
    SELECT
        stock_code,
        SUM(quantity) AS units,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS invoices,
        SUM(CASE WHEN transaction_type = 'sale' THEN line_amount ELSE 0 END) AS gross_sales,
        SUM(CASE WHEN transaction_type = 'cancellation' THEN line_amount ELSE 0 END) AS cancellations,
        SUM(line_amount) AS net_revenue
    FROM retail.fact_sales
    WHERE transaction_type IN ('sale', 'cancellation') AND is_product
    GROUP BY stock_code
) s
JOIN retail.dim_product p ON s.stock_code = p.stock_code;
