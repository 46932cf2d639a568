-- Empties what a load fills, for a batch that holds everything.

-- No TRUNCATE: in Redshift it commits, and readers would see an empty warehouse.
DELETE FROM retail.fact_sales;

DELETE FROM retail.dim_customer;

DELETE FROM retail.dim_product;

DELETE FROM retail.dim_date;
