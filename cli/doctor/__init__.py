"""`etl doctor`: sends marked events through every part of a deployment and asks where they are."""
