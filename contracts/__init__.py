"""The data contract: what a transaction is, from the JSON sent to the columns of every table."""
