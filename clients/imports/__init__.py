"""Custodian files: received, previewed, confirmed and loaded."""
