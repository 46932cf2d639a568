"""Synthetic transactions with the quirks of the real Online Retail data set, in any size."""
