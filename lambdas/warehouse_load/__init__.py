"""Plans what the state machine runs in the warehouse, one transaction after the other."""
