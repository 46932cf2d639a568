"""The Glue PySpark jobs: thin entry scripts over pure transforms."""
