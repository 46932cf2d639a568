-- Known customers by recency, frequency and monetary value (RFM), one row a customer with at least
-- one line sold. Guests have no number and are not in it.
-- country: of the customer's latest line. first_purchase, last_purchase: the times of sales.
-- recency_days: calendar days from the last purchase to the day of the latest sale in the data, not
-- to today: the figures stay as they are until data comes.
-- frequency: invoices with at least one line sold.
-- monetary: sales plus cancellations (negative), exact, in pounds. Adjustments, stock corrections
-- and lines without a price are not in it.
-- recency_score, frequency_score, monetary_score: quintiles of all these customers, 5 the best fifth
-- (the most recent, most frequent, highest). Of equal customers the one with the greater number is
-- the better, so that the same data gives the same scores.
-- segment: by recency and frequency score, after the grid of ten segments that CleverTap published
-- (RFM Analysis for Customer Segmentation, clevertap.com/blog/rfm-analysis).
--
-- Stored: three sorts of all customers over all facts for what is looked up by customer or segment.
-- It counts distinct invoices and has window functions, so Redshift refreshes it in full, from all
-- rows that the refresh sees: never from a part of a load.

CREATE MATERIALIZED VIEW retail.customer_value
SORTKEY (customer_id)
AS
SELECT
    r.customer_id,
    r.country,
    r.first_purchase,
    r.last_purchase,
    r.recency_days,
    r.frequency,
    r.monetary,
    r.recency_score,
    r.frequency_score,
    r.monetary_score,
    CAST(
        CASE
            WHEN r.recency_score = 5 AND r.frequency_score >= 4 THEN 'Champions'
            WHEN r.recency_score >= 3 AND r.frequency_score >= 4 THEN 'Loyal customers'
            WHEN r.recency_score >= 4 AND r.frequency_score >= 2 THEN 'Potential loyalists'
            WHEN r.recency_score = 5 THEN 'New customers'
            WHEN r.recency_score = 4 THEN 'Promising'
            WHEN r.recency_score = 3 AND r.frequency_score = 3 THEN 'Need attention'
            WHEN r.recency_score = 3 THEN 'About to sleep'
            WHEN r.frequency_score = 5 THEN 'Cannot lose them'
            WHEN r.frequency_score >= 3 THEN 'At risk'
            ELSE 'Hibernating'
        END AS VARCHAR(32)
    ) AS segment
FROM (
    SELECT
        s.customer_id,
        d.country,
        s.first_purchase,
        s.last_purchase,
        DATEDIFF(day, s.last_purchase, l.latest) AS recency_days,
        s.frequency,
        s.monetary,
        NTILE(5) OVER (
            ORDER BY CAST(s.last_purchase AS DATE), s.customer_id
        ) AS recency_score,
        NTILE(5) OVER (ORDER BY s.frequency, s.customer_id) AS frequency_score,
        NTILE(5) OVER (ORDER BY s.monetary, s.customer_id) AS monetary_score
    FROM (
        SELECT
            customer_id,
            MIN(CASE WHEN transaction_type = 'sale' THEN invoice_ts END) AS first_purchase,
            MAX(CASE WHEN transaction_type = 'sale' THEN invoice_ts END) AS last_purchase,
            COUNT(DISTINCT CASE WHEN transaction_type = 'sale' THEN invoice_no END) AS frequency,
            SUM(line_amount) AS monetary
        FROM retail.fact_sales
        WHERE transaction_type IN ('sale', 'cancellation') AND customer_id IS NOT NULL
        GROUP BY customer_id
    ) s
    JOIN retail.dim_customer d ON s.customer_id = d.customer_id
    CROSS JOIN (
        SELECT MAX(invoice_ts) AS latest FROM retail.fact_sales WHERE transaction_type = 'sale'
    ) l
    WHERE s.frequency > 0
) r;
