"""Makes pages for people: the sales report from the warehouse, and the page of a run."""
