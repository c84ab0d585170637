"""What became of the orders: fills, their allocation, the lots they relieved."""
