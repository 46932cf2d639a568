"""The contract's rules as Spark column expressions; each module is the twin of one in `contracts`.

A rule gives a value column and a fault column. A fault is null where the value keeps the rule, else
it says which rule it breaks: see `faults`.
"""
