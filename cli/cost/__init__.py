"""`etl cost`: what a run costs on AWS at list price, beside the row-by-row design."""
