-- Of the known customers whose first purchase was in a month (their cohort), the share that bought
-- in each month after it (rounded half away from zero to four decimals). Defined and answered as the
-- warehouse's view cohort_retention.

WITH months AS (
    SELECT DISTINCT customer_id, CAST(date_trunc('month', invoice_ts) AS DATE) AS month
    FROM transactions
    WHERE transaction_type = 'sale' AND customer_id IS NOT NULL
),
cohorts AS (
    SELECT customer_id, MIN(month) AS cohort_month FROM months GROUP BY customer_id
),
sizes AS (
    SELECT cohort_month, COUNT(*) AS cohort_size FROM cohorts GROUP BY cohort_month
),
active AS (
    SELECT
        c.cohort_month,
        date_diff('month', c.cohort_month, m.month) AS months_since,
        COUNT(*) AS customers
    FROM months m
    JOIN cohorts c ON m.customer_id = c.customer_id
    GROUP BY c.cohort_month, date_diff('month', c.cohort_month, m.month)
)
SELECT
    a.cohort_month,
    a.months_since,
    a.customers,
    s.cohort_size,
    CAST(CAST(a.customers AS DECIMAL(18,4)) / CAST(s.cohort_size AS DECIMAL(12,0)) AS DECIMAL(5,4))
        AS retention
FROM active a
JOIN sizes s ON a.cohort_month = s.cohort_month
ORDER BY a.cohort_month, a.months_since
