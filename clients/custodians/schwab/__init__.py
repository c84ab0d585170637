"""Schwab's files."""
