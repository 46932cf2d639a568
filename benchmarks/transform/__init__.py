"""The cleanse and partition jobs against DuckDB doing the same work on the same raw objects."""
