-- Retention of customers by the calendar month (UTC) of their first purchase, their cohort: one row
-- a cohort and month in which at least one of them bought. A month without a row is one in which
-- none did, or that is yet to come.
-- cohort_month: the first day of the cohort's month. cohort_size: its known customers, guests have
-- no number.
-- months_since: calendar months after that month, 0 for the month itself.
-- customers: customers of the cohort with at least one line sold in that month. Cancellations,
-- adjustments, stock corrections and lines without a price are no purchase.
-- retention: customers by cohort_size, rounded half away from zero to four decimals (0.25 is a
-- quarter), 1 for the month itself.
--
-- Stored: a self-join of all facts for a few dozen rows. It counts distinct customers, so Redshift
-- refreshes it in full, from all rows that the refresh sees: never from a part of a load.

CREATE MATERIALIZED VIEW retail.cohort_retention
SORTKEY (cohort_month)
AS
SELECT
    a.cohort_month,
    a.months_since,
    a.customers,
    c.cohort_size,
    CAST(ROUND(CAST(a.customers AS DECIMAL(18,6)) / CAST(c.cohort_size AS DECIMAL(12,0)), 4) AS DECIMAL(5,4))
        AS retention
FROM (
    SELECT
        f.cohort_month,
        DATEDIFF(month, f.cohort_month, m.month) AS months_since,
        COUNT(*) AS customers
    FROM (
        SELECT DISTINCT customer_id, CAST(DATE_TRUNC('month', invoice_ts) AS DATE) AS month
        FROM retail.fact_sales
        WHERE transaction_type = 'sale' AND customer_id IS NOT NULL
    ) m
    JOIN (
        SELECT customer_id, CAST(DATE_TRUNC('month', MIN(invoice_ts)) AS DATE) AS cohort_month
        FROM retail.fact_sales
        WHERE transaction_type = 'sale' AND customer_id IS NOT NULL
        GROUP BY customer_id
    ) f ON m.customer_id = f.customer_id
    GROUP BY f.cohort_month, DATEDIFF(month, f.cohort_month, m.month)
) a
JOIN (
    SELECT b.cohort_month, COUNT(*) AS cohort_size
    FROM (
        SELECT customer_id, CAST(DATE_TRUNC('month', MIN(invoice_ts)) AS DATE) AS cohort_month
        FROM retail.fact_sales
        WHERE transaction_type = 'sale' AND customer_id IS NOT NULL
        GROUP BY customer_id
    ) b
    GROUP BY b.cohort_month
) c ON a.cohort_month = c.cohort_month;
