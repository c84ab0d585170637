"""The optimization model: rows, columns and prices of one household."""
