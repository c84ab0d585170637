"""A small firm lives day after day, drawn from a seed: what its custodians and its broker know is kept apart from the product."""
