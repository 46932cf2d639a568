"""Measurements of the running pipeline, one package each, started by one command."""
