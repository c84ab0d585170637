"""Custodian files: received, previewed, asked about and loaded."""
