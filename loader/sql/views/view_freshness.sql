-- Whether the stored views (customer_value, cohort_retention, product_value_by_month) show what is
-- loaded, one row. All other views always do.
-- loaded_at: when the latest load was committed. refreshed_at: when the stored views were computed.
-- Times are UTC. is_current: true if they were computed from what is loaded now. It is false for the
-- moments between a load and its refresh, and after a refresh that failed, until the next load.

CREATE VIEW retail.view_freshness AS
SELECT
    p.loaded_at,
    s.refreshed_at,
    p.snapshot_id = s.snapshot_id AND p.loaded_at <= s.refreshed_at AS is_current
FROM retail.load_position p
CROSS JOIN retail.view_state s;
