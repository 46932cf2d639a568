"""Shows the rejected records, and sends them again once a person has corrected them."""
