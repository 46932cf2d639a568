"""Answers what a customer bought, what an invoice holds and what a product is."""
