"""Tells where a transaction is: from the raw object it came in to the rows of the stores."""
