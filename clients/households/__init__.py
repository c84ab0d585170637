"""Households, their people, and accounts: opened, changed and closed."""
