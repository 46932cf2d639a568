"""The Iceberg tables of the lake: their definitions, snapshots and consumers' positions."""
