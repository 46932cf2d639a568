-- Replaces the changed invoices, after begin_load.sql; {…} is filled in by loader.warehouse.

CREATE TEMP TABLE staged_sales (LIKE retail.fact_sales);

COPY staged_sales FROM '{sales_manifest}' IAM_ROLE '{copy_role}' FORMAT AS PARQUET MANIFEST;

CREATE TEMP TABLE staged_invoices (invoice_no VARCHAR(80) NOT NULL);

COPY staged_invoices FROM '{invoices_manifest}' IAM_ROLE '{copy_role}' FORMAT AS PARQUET MANIFEST;

-- The customers and products before and after the change: a moved invoice touches two customers.
CREATE TEMP TABLE touched_customers AS
SELECT f.customer_id
FROM retail.fact_sales f JOIN staged_invoices i ON f.invoice_no = i.invoice_no
WHERE f.customer_id IS NOT NULL
UNION
SELECT customer_id FROM staged_sales WHERE customer_id IS NOT NULL;

CREATE TEMP TABLE touched_products AS
SELECT f.stock_code
FROM retail.fact_sales f JOIN staged_invoices i ON f.invoice_no = i.invoice_no
UNION
SELECT stock_code FROM staged_sales;

DELETE FROM retail.fact_sales USING staged_invoices
WHERE fact_sales.invoice_no = staged_invoices.invoice_no;

INSERT INTO retail.fact_sales SELECT * FROM staged_sales;

DELETE FROM retail.dim_customer USING touched_customers
WHERE dim_customer.customer_id = touched_customers.customer_id;

INSERT INTO retail.dim_customer (customer_id, country, first_purchase, last_purchase)
SELECT customer_id, country, first_purchase, last_purchase
FROM (
    SELECT
        f.customer_id,
        f.country,
        MIN(CASE WHEN f.transaction_type = 'sale' THEN f.invoice_ts END)
            OVER (PARTITION BY f.customer_id) AS first_purchase,
        MAX(CASE WHEN f.transaction_type = 'sale' THEN f.invoice_ts END)
            OVER (PARTITION BY f.customer_id) AS last_purchase,
        ROW_NUMBER() OVER (
            PARTITION BY f.customer_id ORDER BY f.invoice_ts DESC, f.event_id DESC
        ) AS recency
    FROM retail.fact_sales f JOIN touched_customers c ON f.customer_id = c.customer_id
) latest
WHERE recency = 1;

DELETE FROM retail.dim_product USING touched_products
WHERE dim_product.stock_code = touched_products.stock_code;

INSERT INTO retail.dim_product (stock_code, description, is_product)
SELECT stock_code, description, is_product
FROM (
    SELECT
        f.stock_code,
        f.description,
        f.is_product,
        ROW_NUMBER() OVER (
            PARTITION BY f.stock_code
            ORDER BY
                CASE
                    WHEN f.description IS NULL THEN 2
                    WHEN f.transaction_type = 'sale' THEN 0
                    ELSE 1 -- remarks such as "damaged", of what was never sold
                END,
                f.invoice_ts DESC,
                f.event_id DESC
        ) AS recency
    FROM retail.fact_sales f JOIN touched_products p ON f.stock_code = p.stock_code
) latest
WHERE recency = 1;

INSERT INTO retail.dim_date (date_key, calendar_day, year, quarter, month, day, weekday)
SELECT
    s.date_key,
    s.calendar_day,
    EXTRACT(YEAR FROM s.calendar_day),
    EXTRACT(QUARTER FROM s.calendar_day),
    EXTRACT(MONTH FROM s.calendar_day),
    EXTRACT(DAY FROM s.calendar_day),
    EXTRACT(DOW FROM s.calendar_day)
FROM (SELECT DISTINCT date_key, CAST(invoice_ts AS DATE) AS calendar_day FROM staged_sales) s
LEFT JOIN retail.dim_date d ON s.date_key = d.date_key
WHERE d.date_key IS NULL;

UPDATE retail.load_position SET snapshot_id = {end}, loaded_at = GETDATE();
