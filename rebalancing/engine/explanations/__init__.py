"""Why each order is there, what was left undone and why, in codes with values."""
