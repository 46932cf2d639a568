"""Starts an execution of the pipeline and follows it."""
