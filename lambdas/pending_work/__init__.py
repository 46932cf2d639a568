"""Tells whether a stage has input that it has not consumed, without starting Spark."""
