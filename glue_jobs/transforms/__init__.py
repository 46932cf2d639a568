"""Pure transforms, DataFrame to DataFrame."""
