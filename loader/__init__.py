"""Loads the stores: DynamoDB lookups and the Redshift warehouse."""
