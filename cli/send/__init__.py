"""From a CSV file to records in raw/: read, post in batches, journal, wait until they are there."""
