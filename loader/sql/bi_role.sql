-- The role of people who look at the data, with Tableau or in SQL: it reads the facts, the
-- dimensions and the views, and changes nothing. `GRANT ROLE retail_bi TO somebody` gives it.

GRANT USAGE ON SCHEMA retail TO ROLE retail_bi;

GRANT SELECT
ON retail.fact_sales, retail.dim_customer, retail.dim_product, retail.dim_date
TO ROLE retail_bi;
