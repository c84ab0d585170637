"""What a set of orders does to a household, in exact decimals."""
