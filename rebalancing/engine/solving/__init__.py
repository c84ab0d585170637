"""A household solved and rounded: limits tightened until shares keep them, orders hardly worth sending left out."""
