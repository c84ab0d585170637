"""Statements that Django would compose or write cell by cell: put together once, sent together, many rows as one value."""
