-- Known customers by recency, frequency and monetary value, with quintiles (5 the best) and
-- segments. Recency counts from the day of the latest sale in the data, not from today. Defined and
-- answered as the warehouse's view customer_value.

WITH bought AS (
    SELECT
        customer_id,
        MIN(CASE WHEN transaction_type = 'sale' THEN invoice_ts END) AS first_purchase,
        MAX(CASE WHEN transaction_type = 'sale' THEN invoice_ts END) AS last_purchase,
        COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS frequency,
        SUM(line_amount) AS monetary
    FROM transactions
    WHERE transaction_type IN ('sale', 'cancellation') AND customer_id IS NOT NULL
    GROUP BY customer_id
),
places AS (
    SELECT
        customer_id,
        country,
        row_number() OVER (
            PARTITION BY customer_id ORDER BY invoice_ts DESC, event_id DESC
        ) AS recency
    FROM transactions
    WHERE customer_id IS NOT NULL
),
latest AS (
    SELECT MAX(invoice_ts) AS latest FROM transactions WHERE transaction_type = 'sale'
),
scored AS (
    SELECT
        b.customer_id,
        p.country,
        b.first_purchase,
        b.last_purchase,
        date_diff('day', CAST(b.last_purchase AS DATE), CAST(l.latest AS DATE)) AS recency_days,
        b.frequency,
        b.monetary,
        ntile(5) OVER (ORDER BY CAST(b.last_purchase AS DATE), b.customer_id) AS recency_score,
        ntile(5) OVER (ORDER BY b.frequency, b.customer_id) AS frequency_score,
        ntile(5) OVER (ORDER BY b.monetary, b.customer_id) AS monetary_score
    FROM bought b
    JOIN places p ON b.customer_id = p.customer_id AND p.recency = 1
    CROSS JOIN latest l
    WHERE b.frequency > 0
)
SELECT
    customer_id,
    country,
    first_purchase,
    last_purchase,
    recency_days,
    frequency,
    monetary,
    recency_score,
    frequency_score,
    monetary_score,
    CASE
        WHEN recency_score = 5 AND frequency_score >= 4 THEN 'Champions'
        WHEN recency_score >= 3 AND frequency_score >= 4 THEN 'Loyal customers'
        WHEN recency_score >= 4 AND frequency_score >= 2 THEN 'Potential loyalists'
        WHEN recency_score = 5 THEN 'New customers'
        WHEN recency_score = 4 THEN 'Promising'
        WHEN recency_score = 3 AND frequency_score = 3 THEN 'Need attention'
        WHEN recency_score = 3 THEN 'About to sleep'
        WHEN frequency_score = 5 THEN 'Cannot lose them'
        WHEN frequency_score >= 3 THEN 'At risk'
        ELSE 'Hibernating'
    END AS segment
FROM scored
ORDER BY monetary DESC, customer_id
