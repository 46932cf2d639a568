"""The `etl` command: the same verbs on the local cloud and on AWS."""
