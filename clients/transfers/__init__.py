"""Transfers in kind: shares that change accounts or firms, which is neither a sale nor a purchase."""
