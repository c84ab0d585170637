"""Households end, join and part: what the record and the pipeline have to settle together."""
