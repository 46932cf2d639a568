-- Begins a load, in the transaction of which all the rest is; {…} is filled in by loader.warehouse.

-- Redshift isolates by snapshot and enforces no keys: the lock comes before the check, so of two
-- loads of the same change the second sees the first one's position.
LOCK TABLE retail.load_position;

-- Divides by zero, which ends the transaction, unless the position is where this batch starts.
SELECT 1 / COUNT(*) FROM retail.load_position WHERE snapshot_id = {start};
