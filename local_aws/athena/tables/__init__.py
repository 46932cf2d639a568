"""The catalog's tables, and how the engine reads each kind of them."""
