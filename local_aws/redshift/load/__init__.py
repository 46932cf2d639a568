"""COPY and UNLOAD: between S3 and tables, within the session's own transaction."""
