"""How much the ingest API takes, how fast it answers, and that all of it arrives."""
