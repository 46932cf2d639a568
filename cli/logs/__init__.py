"""`etl logs`: the lines of one execution, from all that took part in it."""
