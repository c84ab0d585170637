"""Approved proposals become orders."""
