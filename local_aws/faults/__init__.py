"""Faults on demand: a plan says which call of whom fails, how, and how often (docs/faults.md)."""
